// `env:NAME`: a variable of the environment the program was started with.

import { nearNames } from '../near-names.ts'
import type { SecretSource } from '../source.ts'

/**
 * @param env - A copy taken at start; a variable that changes later is not seen.
 */
export function createEnvSource (env: Readonly<Record<string, string | undefined>>): SecretSource {
  return {
    freshness: 'captured',
    async read ({ rest }) {
      const text = Object.hasOwn(env, rest) ? env[rest] : undefined // NAME may be `constructor`, which every object has
      return text === undefined ? undefined : { text }
    },
    place: (reference) => `environment variable ${reference.rest}`,
    fill: ({ rest }) => `set it where the proxy starts (export ${rest}=…)`,
    absent: 'is not set',
    nearNames: (reference) => nearNames(reference.rest, env)
  }
}

// `env:NAME`: a variable of the environment the program was started with.

import { nearNames } from '../near-names.ts'
import type { SecretSource } from '../source.ts'

/**
 * @param env - A copy taken at start; a variable that changes later is not seen.
 */
export function createEnvSource (env: Readonly<Record<string, string | undefined>>): SecretSource {
  return {
    // hasOwn: NAME may be `constructor`, which every object has.
    read: (reference) => Promise.resolve(Object.hasOwn(env, reference.rest) ? env[reference.rest] : undefined),
    place: (reference) => `environment variable ${reference.rest}`,
    nearNames: (reference) => nearNames(reference.rest, env)
  }
}

// Loads settings the way main.ts does: a real folder, a given environment.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import type { Flags } from '../../src/config/flags.ts'
import { loadConfig, type ConfigInput } from '../../src/config/load.ts'
import { ProxyError } from '../../src/errors.ts'

export interface Written {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly flags?: Flags
  /** Text of config.yaml in the user's config folder. */
  readonly file?: string
  /** What `init` stored. */
  readonly storedDefault?: ConfigInput['storedDefault']
}

/** What was written, as a Config. */
export function load (t: Test, { env = {}, flags = {}, file, storedDefault }: Written): Config {
  const homeConfigDir = t.testdir(file === undefined ? {} : { 'config.yaml': file })
  return loadFrom(homeConfigDir, { env, flags, storedDefault })
}

/** Loads with a folder that is there already as the user's config folder. */
export function loadFrom (homeConfigDir: string, { env = {}, flags = {}, storedDefault }: Written): Config {
  return loadConfig({ env, flags, homeConfigDir, readFile, resolvePath: resolve, closedEndpointNames: ['api-keys', 'members'], storedDefault })
}

/** What was written, as the error that it must give. */
export function failure (t: Test, written: Written): ProxyError {
  return errorOf(t, () => load(t, written))
}

/** The ProxyError that the call must throw. */
export function errorOf (t: Test, call: () => unknown): ProxyError {
  try {
    call()
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  return t.fail('nothing was refused') as never
}

/** A file with one route, to which other settings can be added. */
export const ONE_ROUTE = `
credentials: { us: { apiKey: "env:US_KEY" } }
routes: [{ prefix: /, region: us, credential: us }]
`

/** Text of an example of this repository. */
export function example (name: string): string {
  return readFileSync(join(import.meta.dirname, '../../config', name), 'utf8')
}

function readFile (path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

// The kinds of places for secrets. To add one: a file in sources/, and a line here.

import type { SecretReference } from '../config/config.ts'
import type { VaultSettings } from '../config/vault-settings.ts'
import { ProxyError } from '../errors.ts'
import type { SecretSource } from './source.ts'
import { createEnvSource } from './sources/env.ts'
import { createExecSource } from './sources/exec.ts'
import { createFileSource, type FileSourceOptions } from './sources/file.ts'
import { createStoreSource } from './sources/store.ts'
import { createVaultSource } from './sources/vault.ts'
import type { SecretStore } from './store/store.ts'

export interface SourceOptions extends FileSourceOptions {
  /** A copy taken at start. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Variables that hold a secret of ours; programs that are run do not get them. */
  readonly privateVariables: ReadonlySet<string>
  /** For one read of an `exec:` or `vault:` value, in milliseconds. */
  readonly timeout: number
  /** Hides known secrets and what looks like a key. */
  readonly maskText: (text: string) => string
  /** Aborted when this process ends; programs end with it. */
  readonly ending: AbortSignal
  readonly store: SecretStore
  readonly vault: VaultSettings
  /** Where ~/.vault-token is. */
  readonly homeDir: string
}

/** Finds the source for a reference. */
export type SourceFor = (reference: SecretReference) => SecretSource

export function createSources (options: SourceOptions): SourceFor {
  const schemes = new Map<string, SecretSource>([
    ['env', createEnvSource(options.env)],
    ['file', createFileSource(options)],
    ['exec', createExecSource(options)],
    ['store', createStoreSource(options.store)],
    ['vault', createVaultSource(options)]
  ])
  return (reference) => {
    const source = schemes.get(reference.scheme)
    if (source !== undefined) return source
    throw new ProxyError('not-available', `this version cannot read ${reference.scheme}: references (${reference.setAt})`,
      { hint: `use one of ${[...schemes.keys()].map((scheme) => `${scheme}:`).join(', ')}` })
  }
}

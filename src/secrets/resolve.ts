// Finds every secret at start and after a reload: what is missing or unusable stops it, all of it at
// once, and what is odd becomes a notice.

import { isDeepStrictEqual } from 'node:util'
import type { CredentialConfig, Notice } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import { readCredential, type ReadContext, type ReadResult } from './read-credential.ts'
import { createSources, type SourceFor, type SourceOptions } from './schemes.ts'
import { CredentialSlot } from './slot.ts'
import { createFileSource } from './sources/file.ts'

export interface ResolveOptions extends SourceOptions, Pick<ReadContext, 'routesOf' | 'upstreamsOf' | 'loopbackOnly' | 'onSecret' | 'now'> {
  /** Go on without what cannot be read. */
  readonly allowMissing: boolean
  /** Of the config before: what is kept in the same place stays as it is, versions and all. */
  readonly existing: readonly CredentialSlot[]
}

export interface Resolved {
  /** Of the credentials that a route uses. */
  readonly slots: readonly CredentialSlot[]
  readonly notices: readonly Notice[]
  /** Reads one of them again. @throws ProxyError as resolveCredentials does. */
  readonly read: (config: CredentialConfig) => Promise<ReadResult>
  readonly sourceFor: SourceFor
}

/**
 * Reads the keys and IDs of all credentials that a route uses.
 *
 * @throws ProxyError `secret-missing`, `secret-unusable`, `secret-exposed`, `secret-unreadable` or `not-available`.
 * Its message has one line for each credential that cannot be used; the code is that of the first.
 */
export async function resolveCredentials (configs: readonly CredentialConfig[], options: ResolveOptions): Promise<Resolved> {
  const sourceFor = createSources(options)
  const openFiles = createFileSource({ ...options, allowLooseFileModes: true })
  const idSourceFor: SourceFor = (reference) => reference.scheme === 'file' ? openFiles : sourceFor(reference)
  const context: ReadContext = { ...options, sourceFor, idSourceFor, taken: variablesOf(configs) }
  const read = (config: CredentialConfig): Promise<ReadResult> => readCredential(config, context)
  const used = configs.filter(({ name }) => options.routesOf(name).length > 0)
  const results = await Promise.allSettled(used.map((config) => slotFor(config, read, options.existing)))

  const slots: CredentialSlot[] = []
  const notices: Notice[] = []
  const failures: unknown[] = []
  for (const [at, result] of results.entries()) {
    if (result.status === 'fulfilled') {
      slots.push(result.value.slot)
      notices.push(...result.value.notices)
      continue
    }
    const { reason } = result as { reason: unknown }
    const config = used[at]
    if (options.allowMissing && reason instanceof ProxyError && config !== undefined) {
      slots.push(new CredentialSlot(config, undefined))
      notices.push({ code: reason.code, message: `${reason.message}; its routes answer 503 until it can be read`, hint: reason.hint })
    } else {
      failures.push(reason)
    }
  }
  if (failures.length > 0) throw asOne(failures)
  return { slots, notices, read, sourceFor }
}

async function slotFor (
  config: CredentialConfig, read: Resolved['read'], existing: readonly CredentialSlot[]
): Promise<{ slot: CredentialSlot, notices: readonly Notice[] }> {
  const kept = existing.find((slot) => isDeepStrictEqual(withoutPlaces(slot.config), withoutPlaces(config)))
  if (kept !== undefined) return { slot: kept, notices: [] }
  const { credential, notices } = await read(config)
  return { slot: new CredentialSlot(config, credential), notices }
}

// Another line of the file is no other credential.
function withoutPlaces ({ apiKey, workspaceId, ...config }: CredentialConfig): unknown {
  return { ...config, apiKey: { ...apiKey, setAt: '' }, workspaceId: typeof workspaceId === 'object' ? { ...workspaceId, setAt: '' } : workspaceId }
}

/** Variables that the credentials are read from. */
export function variablesOf (configs: readonly Pick<CredentialConfig, 'apiKey' | 'workspaceId'>[]): ReadonlySet<string> {
  const references = configs.flatMap(({ apiKey, workspaceId }) => typeof workspaceId === 'object' ? [apiKey, workspaceId] : [apiKey])
  return new Set(references.flatMap(({ scheme, rest }) => {
    if (scheme === 'env') return [rest]
    return scheme === 'vault' ? ['VAULT_TOKEN'] : []
  }))
}

/** One error for all of them, so that nobody mends one secret only to hear of the next. */
function asOne (failures: readonly unknown[]): unknown {
  const [first] = failures
  const defect = failures.find((failure) => !(failure instanceof ProxyError))
  if (defect !== undefined || failures.length === 1 || !(first instanceof ProxyError)) return defect ?? first
  const errors = failures.filter((failure) => failure instanceof ProxyError)
  return new ProxyError(first.code, errors.map(({ message }) => message).join('\n'), {
    hint: [...new Set(errors.map(({ hint }) => hint))].join('\n'), cause: first
  })
}

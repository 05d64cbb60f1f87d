// Stored entries as JSON: what the keychain holds under one name, and one entry of the encrypted file.
// Fields that this version does not know are ignored, so that a newer one may add some.

import { ProxyError } from '../../errors.ts'
import { Secret } from '../secret.ts'
import type { StoredEntry } from './store.ts'

const VERSION = 1

/** What is read, for messages. */
export interface Holder {
  /** Such as `stored secret us in keychain of this system`. */
  readonly shown: string
  /** What to do when it is broken. */
  readonly mend: string
}

/** An entry with its key in the open, as JSON.stringify takes it. */
export function entryToJson ({ apiKey, workspaceId, region, endpoint, storedAt }: StoredEntry): Readonly<Record<string, unknown>> {
  return { version: VERSION, apiKey: apiKey.reveal(), workspaceId, region, endpoint, storedAt }
}

/**
 * @param value - What entryToJson gave, after JSON.
 * @param place - The place in messages: `keychain of this system`.
 * @throws ProxyError `secret-unusable`, without quoting anything.
 */
export function entryFromJson (value: unknown, name: string, place: string): StoredEntry {
  const holder = holderOf(name, place)
  const fields = fieldsOf(value, holder)
  const text = (key: string): string | undefined => {
    const field = fields.get(key)
    if (field === undefined || typeof field === 'string') return field
    throw broken(holder, `its ${key} is not text`)
  }
  const required = (key: string): string => {
    const field = text(key)
    if (field === undefined) throw broken(holder, `it has no ${key}`)
    return field
  }
  return {
    apiKey: new Secret(required('apiKey')), storedAt: required('storedAt'),
    workspaceId: text('workspaceId'), region: text('region'), endpoint: text('endpoint')
  }
}

/** The same from text. */
export function entryFromText (text: string, name: string, place: string): StoredEntry {
  return entryFromJson(parseJson(text, holderOf(name, place)), name, place)
}

// Removed first: "secrets set" reads what it replaces.
function holderOf (name: string, place: string): Holder {
  return { shown: `stored secret ${name} in the ${place}`, mend: `run langsmith-proxy secrets remove ${name}, then langsmith-proxy secrets set ${name}` }
}

/** The text a `store:` reference means: the key, or the workspace ID if `#workspaceId` asks for that. */
export function textOfEntry (entry: StoredEntry, field: string | undefined): string | undefined {
  return field === 'workspaceId' ? entry.workspaceId : entry.apiKey.reveal()
}

/** JSON.parse whose error quotes nothing. @throws ProxyError `secret-unusable`. */
export function parseJson (text: string, holder: Holder): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw broken(holder, 'it is not JSON') // no cause: its message quotes the text
  }
}

/**
 * The fields of something that carries a version; none means the first.
 *
 * @throws ProxyError `secret-unusable` for what is no group of fields, or is newer than this program.
 */
export function fieldsOf (value: unknown, holder: Holder): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken(holder, 'it is not a group of fields')
  const fields = new Map<string, unknown>(Object.entries(value))
  const version = fields.get('version') ?? VERSION
  if (version === VERSION) return fields
  if (typeof version !== 'number' || version < VERSION) throw broken(holder, 'its version is unknown')
  throw new ProxyError('secret-unusable', `${holder.shown} was written by a newer version of langsmith-proxy`, { hint: 'update langsmith-proxy' })
}

export function broken ({ shown, mend }: Holder, why: string): ProxyError {
  return new ProxyError('secret-unusable', `${shown} is broken inside: ${why}`, { hint: mend })
}

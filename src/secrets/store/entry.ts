// Stored entries as JSON: what the keychain holds under one name, and one entry of the encrypted file.
// Fields that this version does not know are ignored, so that a newer one may add some.

import { ProxyError } from '../../errors.ts'
import { Secret } from '../secret.ts'
import type { StoredEntry } from './store.ts'

const VERSION = 1
const STORE_AGAIN = 'store it again with "langsmith-proxy secrets set"'

/** An entry with its key in the open, as JSON.stringify takes it. */
export function entryToJson ({ apiKey, workspaceId, region, endpoint, storedAt }: StoredEntry): Readonly<Record<string, unknown>> {
  return { version: VERSION, apiKey: apiKey.reveal(), workspaceId, region, endpoint, storedAt }
}

/**
 * @param value - What entryToJson gave, after JSON.
 * @param shown - Names the entry in messages: `stored secret us in keychain of this system`.
 * @throws ProxyError `secret-unusable`, without quoting anything.
 */
export function entryFromJson (value: unknown, shown: string): StoredEntry {
  const fields = fieldsOf(value, shown)
  const text = (name: string): string | undefined => {
    const field = fields.get(name)
    if (field === undefined || typeof field === 'string') return field
    throw broken(shown, `its ${name} is not text`)
  }
  const required = (name: string): string => {
    const field = text(name)
    if (field === undefined) throw broken(shown, `it has no ${name}`)
    return field
  }
  return {
    apiKey: new Secret(required('apiKey')), storedAt: required('storedAt'),
    workspaceId: text('workspaceId'), region: text('region'), endpoint: text('endpoint')
  }
}

/** The same from text. */
export function entryFromText (text: string, shown: string): StoredEntry {
  return entryFromJson(parseJson(text, shown), shown)
}

/** The text a `store:` reference means: the key, or the workspace ID if `#workspaceId` asks for that. */
export function textOfEntry (entry: StoredEntry, field: string | undefined): string | undefined {
  return field === 'workspaceId' ? entry.workspaceId : entry.apiKey.reveal()
}

/** JSON.parse whose error quotes nothing. @throws ProxyError `secret-unusable`. */
export function parseJson (text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw broken(shown, 'it is not JSON') // no cause: its message quotes the text
  }
}

/**
 * The fields of something that carries a version; none means the first.
 *
 * @throws ProxyError `secret-unusable` for what is no group of fields, or is newer than this program.
 */
export function fieldsOf (value: unknown, shown: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken(shown, 'it is not a group of fields')
  const fields = new Map<string, unknown>(Object.entries(value))
  const version = fields.get('version') ?? VERSION
  if (version === VERSION) return fields
  if (typeof version !== 'number' || version < VERSION) throw broken(shown, 'its version is unknown')
  throw new ProxyError('secret-unusable', `${shown} was written by a newer version of langsmith-proxy`, { hint: 'update langsmith-proxy' })
}

export function broken (shown: string, why: string): ProxyError {
  return new ProxyError('secret-unusable', `${shown} is broken inside: ${why}`, { hint: STORE_AGAIN })
}

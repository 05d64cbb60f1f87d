// Puts a key away and tells where it is. The last step of "init" and of "secrets set".

import type { KeyPlace } from './key-place.ts'
import { say } from './terminal.ts'
import type { Candidate } from './try-key.ts'
import type { SecretStore, StoredEntry } from '../secrets/store/store.ts'

/**
 * @param before - What is stored under that name by now.
 * @returns Lines to print. @throws ProxyError when no place can be written.
 */
export async function keepKey ({ name, apiKey, shape, workspaceId }: Candidate, place: KeyPlace | undefined, store: SecretStore, before: StoredEntry | undefined): Promise<string> {
  const { region, endpoint } = place ?? {}
  const { place: where, notes } = await store.write(name, { apiKey, workspaceId, region, endpoint, storedAt: new Date().toISOString() })
  say(...notes.map((note) => `note: ${note}`))
  const parts = [
    `${KINDS[shape.kind]} key`,
    `fingerprint ${apiKey.fingerprint}`,
    ...before === undefined ? [] : [before.apiKey.equals(apiKey) ? 'the same as before' : `in place of ${before.apiKey.fingerprint}`],
    ...region === undefined ? [] : [`region ${region}`],
    ...endpoint === undefined ? [] : [`for ${endpoint}`],
    ...workspaceId === undefined ? [] : ['with a workspace ID']
  ]
  return `stored ${name}: ${parts.join(', ')}\nkept in the ${where}\n`
}

const KINDS = { personal: 'personal', service: 'service', legacy: 'legacy', other: 'unusual' } as const

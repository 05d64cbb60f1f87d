// Who sends a request? Answers do not tell a key that was never there from one that was revoked, or has expired.

import { hashOfKey, nameInKey } from './client-key.ts'
import { hasExpired, MOST_KEYS } from './client.ts'
import type { Client, ClientList } from './client.ts'
import { KeyHash } from './key-hash.ts'
import { isClientKey, isLangSmithKey, presentedIn } from './presented.ts'
import type { Presented } from './presented.ts'
import type { Denial } from '../../exchange.ts'

/** Neither is set where no key is needed and none was shown. */
export interface Identity {
  readonly client?: Client
  readonly denial?: Denial
}

const FOR_ALL_UNKNOWN = 'the client key is not known here, or not any more'

const DENIALS = {
  none: { code: 'client-key-required', detail: 'the request has no client key' },
  foreign: {
    code: 'client-key-unknown', detail: 'what the request shows is no client key of this proxy',
    hint: 'send your client key, which begins with lsp_, as X-API-Key or as Authorization: Bearer'
  },
  langsmith: {
    code: 'client-key-unknown', detail: 'the request shows a key of LangSmith, and this proxy wants a client key of its own; the key went nowhere',
    hint: 'put your client key, which begins with lsp_, where the LangSmith key is now; the proxy adds the other'
  },
  several: {
    code: 'client-key-unknown', detail: 'the request shows different keys, so it is not certain who sends it',
    hint: 'send your client key alone: look for a second one in X-API-Key, Authorization, the environment and the profile of your tool'
  },
  damaged: {
    code: 'client-key-unknown', detail: 'a character of the client key is wrong or missing',
    hint: 'copy the whole key again, as it was shown when it was made'
  },
  user: {
    code: 'client-key-unknown', detail: 'the user name is not that of the client key',
    hint: 'leave the user name empty, or use the name that stands in the key'
  }
} as const satisfies Record<string, Denial>

/** Compared with where there is nothing to compare with, so that time tells nothing. */
const NOBODYS = new KeyHash(Buffer.alloc(32))

/**
 * @param rawHeaders - Flat list of names and values, as node:http has it.
 * @param required - Whether a request without a client key is refused. A wrong one is, in any case: who sends a key
 *   wants to be known by it.
 * @param now - Milliseconds since 1970.
 */
export function identify (rawHeaders: readonly string[], clients: ClientList, required: boolean, now: number): Identity {
  const shown = presentedIn(rawHeaders)
  const ours = shown.find(isClientKey)
  if (ours === undefined) return required ? { denial: denialWithout(shown) } : {}
  if (shown.some(({ text }) => text !== ours.text)) return { denial: DENIALS.several }
  const name = nameInKey(ours.text)
  if (name === undefined) return { denial: DENIALS.damaged }
  if (shown.some(({ user }) => user !== undefined && user !== name)) return { denial: DENIALS.user }
  return holderOf(ours.text, clients.get(name), now)
}

function denialWithout (shown: readonly Presented[]): Denial {
  if (shown.length === 0) return DENIALS.none
  return shown.some(isLangSmithKey) ? DENIALS.langsmith : DENIALS.foreign
}

function holderOf (key: string, client: Client | undefined, now: number): Identity {
  const digest = hashOfKey(key)
  let matches = false
  let isOver = client !== undefined && hasExpired(client, now)
  for (let at = 0; at < MOST_KEYS; at++) { // as often for everybody
    const known = client?.keys[at]
    if (!(known?.hash ?? NOBODYS).matches(digest) || known === undefined) continue
    matches = true
    isOver ||= known.until !== undefined && known.until <= now
  }
  return client !== undefined && matches && !isOver ? { client } : { denial: unknownKey(client, matches) }
}

/** Only names of the clients file are told, and only to our log: what a key claims to be anybody can write. */
function unknownKey (client: Client | undefined, matches: boolean): Denial {
  const logged = client === undefined
    ? 'the client key names nobody in the clients file'
    : matches ? `the client key of ${client.name} has expired` : `the client key names ${client.name}, and is not the key of ${client.name}`
  return { code: 'client-key-unknown', detail: FOR_ALL_UNKNOWN, logged }
}

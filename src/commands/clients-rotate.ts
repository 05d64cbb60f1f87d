// `clients rotate NAME`: a new key, beside which the old one is taken for a while.

import { wholeSeconds } from './clients-add.ts'
import { changeClientsOf, printIssued, readClientsConfig, withClient } from './clients-change.ts'
import type { Issued } from './clients-change.ts'
import { noSuchClient } from './clients-revoke.ts'
import type { CommandContext } from './command.ts'
import { lifetimeFlag } from './lifetime.ts'
import { hashOfKey, makeClientKey } from '../access/clients/client-key.ts'
import { hasExpired, MOST_KEYS } from '../access/clients/client.ts'
import type { Client } from '../access/clients/client.ts'
import { timeText } from '../access/clients/clients-text.ts'
import { KeyHash } from '../access/clients/key-hash.ts'
import { ProxyError } from '../errors.ts'

const USUAL_OVERLAP_MS = 24 * 3_600_000

interface Rotated extends Issued {
  /** When the old key ends; undefined where it has ended. */
  readonly oldUntil: number | undefined
  /** A key from before that was still taken has ended. */
  readonly endedEarly: boolean
}

/** @returns 1 when there is no such client, or the key could not be shown. @throws ProxyError `usage-invalid`, and as changeClients does. */
export async function rotateClient (context: CommandContext, name: string): Promise<number> {
  const config = readClientsConfig(context)
  const overlap = lifetimeFlag(context.flags, 'overlap', { zero: true }) ?? USUAL_OVERLAP_MS
  const lifetime = lifetimeFlag(context.flags, 'expires')
  const rotated = await changeClientsOf<Rotated | readonly string[]>(config, (clients) => {
    const before = clients.get(name)
    if (before === undefined) return { clients, result: [...clients.keys()] }
    const result = rotate(before, wholeSeconds(Date.now()), overlap, lifetime)
    return { clients: withClient(clients, result.client), result }
  })
  if (!('client' in rotated)) return noSuchClient(name, rotated)
  const { oldUntil, endedEarly, client: { expires } } = rotated
  return printIssued(rotated, config, context, {
    done: `client ${name} has a new key`,
    more: { old_key_until: oldUntil === undefined ? undefined : timeText(oldUntil) },
    notes: [
      oldUntil === undefined ? 'The old key has ended.' : `The old key is taken until ${timeText(oldUntil)}.`,
      ...endedEarly ? ['The key before that, which was still taken, has ended.'] : [],
      ...expires === undefined ? [] : [`The client is known until ${timeText(expires)}.`]
    ]
  })
}

function rotate (client: Client, now: number, overlap: number, lifetime: number | undefined): Rotated {
  const { name } = client
  if (lifetime === undefined && hasExpired(client, now)) {
    throw new ProxyError('usage-invalid', `client ${name} has expired`, { hint: `add --expires to give it more time: langsmith-proxy clients rotate ${name} --expires 90d` })
  }
  const key = makeClientKey(name)
  const fresh = { hash: new KeyHash(hashOfKey(key)), until: undefined }
  const valid = client.keys.filter(({ until }) => until === undefined || until > now)
  const kept = overlap === 0 ? [] : valid.slice(0, MOST_KEYS - 1).map(({ hash, until }) => ({ hash, until: Math.min(until ?? Infinity, now + overlap) }))
  return {
    client: { ...client, expires: lifetime === undefined ? client.expires : now + lifetime, keys: [fresh, ...kept] },
    key, oldUntil: kept[0]?.until, endedEarly: overlap > 0 && valid.length > kept.length
  }
}

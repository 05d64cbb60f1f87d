// Who may call the proxy, as the clients file says it. Times are milliseconds since 1970.

import type { KeyHash } from './key-hash.ts'
import type { Role } from '../roles/role.ts'

export interface Client {
  readonly name: string
  readonly role: Role
  /** Prefixes of the routes that it may use; undefined for all. */
  readonly routes: readonly string[] | undefined
  readonly created: number
  /** When it ends; undefined for never. */
  readonly expires: number | undefined
  /** Newest first; one, or two while an old key is still taken beside the new one. */
  readonly keys: readonly ClientKey[]
}

export interface ClientKey {
  readonly hash: KeyHash
  /** When it stops being taken; undefined for as long as there is the client. */
  readonly until: number | undefined
}

/** By name. */
export type ClientList = ReadonlyMap<string, Client>

/** Keys of one client at a time: the new one, and the one before for a while. */
export const MOST_KEYS = 2

export function hasExpired ({ expires }: Pick<Client, 'expires'>, now: number): boolean {
  return expires !== undefined && expires <= now
}

// The page /-/clients: who may call, and who did. Names and times, nothing of a key. "langsmith-proxy clients list" reads it.

import type { ClientList } from '../access/clients/client.ts'
import { timeText } from '../access/clients/clients-text.ts'

/** Times are ISO 8601, UTC. */
export interface ClientsPage {
  readonly clients: readonly {
    readonly name: string
    readonly role: string
    /** Prefixes; undefined for all. */
    readonly routes: readonly string[] | undefined
    readonly created: string
    readonly expires: string | undefined
    readonly last_used: string | undefined
  }[]
}

export function clientsAsJson (clients: ClientList, lastUsed: ReadonlyMap<string, number>): string {
  return `${JSON.stringify(clientsPage(clients, lastUsed))}\n`
}

/** @param lastUsed - Milliseconds since 1970 by name; what was used before a client was made was another's. */
export function clientsPage (clients: ClientList, lastUsed: ReadonlyMap<string, number>): ClientsPage {
  const shown = [...clients.values()].map(({ name, role, routes, created, expires }) => {
    const used = lastUsed.get(name)
    return {
      name, role: role.name, routes, created: timeText(created),
      expires: expires === undefined ? undefined : timeText(expires),
      last_used: used === undefined || used < created ? undefined : timeText(used)
    }
  })
  return { clients: shown }
}

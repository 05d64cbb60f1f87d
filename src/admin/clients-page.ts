// The page /-/clients: who may call, and who did. Names and times, nothing of a key. "langsmith-proxy clients list" reads it.

import type { ClientList } from '../access/clients/client.ts'
import { timeText } from '../access/clients/clients-text.ts'

/** @param lastUsed - Milliseconds since 1970 by name; what was used before a client was made was another's. */
export function clientsAsJson (clients: ClientList, lastUsed: ReadonlyMap<string, number>): string {
  const shown = [...clients.values()].map(({ name, role, routes, created, expires }) => {
    const used = lastUsed.get(name)
    return {
      name, role: role.name, routes, created: timeText(created),
      expires: expires === undefined ? undefined : timeText(expires),
      last_used: used === undefined || used < created ? undefined : timeText(used)
    }
  })
  return `${JSON.stringify({ clients: shown })}\n`
}

// Who calls and who spends LangSmith's budgets, short enough to be sent once a second: the pages /-/clients and /-/usage, which
// have a row for everything, summed up.

import type { ClientPart, TeamPart } from './parts.ts'
import type { ClientsPage } from '../clients-page.ts'
import type { UsagePage } from '../usage-page.ts'

/** Of each list; nobody reads more, and all of it is sent again when one number changes. */
const MOST_SHOWN = 100

export function describeTeam ({ clients }: ClientsPage, { usage, budgets }: Pick<UsagePage, 'usage' | 'budgets'>): TeamPart {
  const rows = new Map<string | null, ClientPart>()
  for (const { name, role, routes, expires, last_used } of clients) rows.set(name, { ...NOTHING, name, role, routes, expires, last_used })
  for (const row of usage) rows.set(row.client, plus(rows.get(row.client) ?? { ...NOTHING, name: row.client }, row))
  const sorted = [...rows.values()].sort((one, other) => other.requests - one.requests)
  return {
    clients: sorted.slice(0, MOST_SHOWN),
    clients_left_out: Math.max(0, sorted.length - MOST_SHOWN),
    budgets: budgets.slice(0, MOST_SHOWN).map((budget) => ({ ...budget, clients: budget.clients.toSorted((one, other) => other.used - one.used).slice(0, MOST_SHOWN) }))
  }
}

const NOTHING = {
  role: undefined, routes: undefined, expires: undefined, last_used: undefined,
  requests: 0, refused: 0, too_many: 0, held: 0, bytes_in: 0, bytes_out: 0
} as const

function plus (client: ClientPart, { requests, refused, too_many, held, bytes_in, bytes_out }: UsagePage['usage'][number]): ClientPart {
  return {
    ...client,
    requests: client.requests + requests, refused: client.refused + refused, too_many: client.too_many + too_many, held: client.held + held,
    bytes_in: client.bytes_in + bytes_in, bytes_out: client.bytes_out + bytes_out
  }
}

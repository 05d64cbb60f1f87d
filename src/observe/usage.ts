// Who used what since the start, in memory: for each client, route and kind of call, how many requests and bytes, and how
// many were told no; what was cut counts, too. The kinds are those that LangSmith has budgets for (config/budgets.ts), so there are few.

import type { BudgetName } from '../config/budgets.ts'
import type { ProxyEvent, RequestAborted, RequestCompleted } from '../events.ts'
import { budgetOf } from '../pacing/budget-of.ts'

export interface UsageRow {
  /** Undefined for callers that showed no client key. */
  readonly client: string | undefined
  /** Prefix. */
  readonly route: string
  readonly about: BudgetName
  requests: number
  /** Bytes of bodies. */
  bytesIn: number
  bytesOut: number
  /** 401 and 403, of LangSmith or of the proxy. */
  refused: number
  /** 429 of LangSmith. */
  tooMany: number
  /** 429 of the proxy. */
  held: number
}

export interface Usage {
  readonly emit: (event: ProxyEvent) => void
  /** Milliseconds since 1970. */
  readonly since: number
  readonly rows: () => readonly Readonly<UsageRow>[]
}

/** Names of the clients file and prefixes of the config are few, but both may change while this runs. */
const MOST_ROWS = 10_000

/** @param now - Milliseconds since 1970. */
export function createUsage (now: () => number): Usage {
  const rows = new Map<string, UsageRow>()

  function rowOf ({ client, route = '', method, path }: RequestAborted | RequestCompleted): UsageRow | undefined {
    const about = budgetOf(method, route === '/' ? path : path.slice(route.length))
    const key = `${client ?? ''}\n${route}\n${about}`
    const known = rows.get(key)
    if (known !== undefined || rows.size >= MOST_ROWS) return known
    const row = { client, route, about, requests: 0, bytesIn: 0, bytesOut: 0, refused: 0, tooMany: 0, held: 0 }
    rows.set(key, row)
    return row
  }

  return {
    since: now(),
    rows: () => [...rows.values()],
    emit (event) {
      if ((event.event !== 'request.completed' && event.event !== 'request.aborted') || event.route === undefined) return
      const row = rowOf(event)
      if (row === undefined) return
      const { status, bytes_in: bytesIn, bytes_out: bytesOut } = event
      row.requests++
      row.bytesIn += bytesIn
      row.bytesOut += bytesOut
      if (status === 401 || status === 403) row.refused++
      if (status !== 429) return
      if (event.event === 'request.completed' && event.source === 'proxy') row.held++
      else row.tooMany++
    }
  }
}

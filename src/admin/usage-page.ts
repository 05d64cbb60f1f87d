// The page /-/usage: who used what since the start, and what is left of LangSmith's budgets. "langsmith-proxy usage" reads it.

import { BUDGETS } from '../config/budgets.ts'
import type { Usage } from '../observe/usage.ts'
import type { KeyUse } from '../pacing/pacing.ts'

/** One row of the page; snake_case with units, as everything that the proxy prints. */
export interface UsagePage {
  /** When the proxy started; its memory begins there. */
  readonly since: string
  readonly usage: readonly {
    /** Null for callers without a client key. */
    readonly client: string | null
    readonly route: string
    /** What was called, in the words of LangSmith's budgets. */
    readonly path: string
    readonly requests: number
    readonly bytes_in: number
    readonly bytes_out: number
    readonly refused: number
    readonly too_many: number
    readonly held: number
  }[]
  /** In the time just gone that each budget is about. */
  readonly budgets: readonly {
    readonly credential: string
    readonly upstream: string
    readonly path: string
    /** Null where nobody has published a budget. */
    readonly limit: number | null
    readonly seconds: number | null
    readonly used: number
    readonly clients: readonly { readonly client: string, readonly used: number }[]
    /** Requests that wait for their turn. */
    readonly waiting: number
    /** Seconds for which LangSmith wants no more. */
    readonly blocked_s: number
  }[]
}

export function usageAsJson (usage: Pick<Usage, 'since' | 'rows'>, keys: readonly KeyUse[]): string {
  return `${JSON.stringify(usagePage(usage, keys))}\n`
}

export function usagePage ({ since, rows }: Pick<Usage, 'since' | 'rows'>, keys: readonly KeyUse[]): UsagePage {
  return {
    since: new Date(since).toISOString(),
    usage: rows().map(({ client, route, about, requests, bytesIn, bytesOut, refused, tooMany, held }) => ({
      client: client ?? null, route, path: BUDGETS[about].about, requests, bytes_in: bytesIn, bytes_out: bytesOut, refused, too_many: tooMany, held
    })),
    budgets: keys.map(({ credential, upstream, budget, rate, clients, waiting, blocked }) => ({
      credential, upstream, path: BUDGETS[budget].about, limit: rate?.count ?? null, seconds: rate?.seconds ?? null,
      used: clients.reduce((sum, { used }) => sum + used, 0), clients, waiting, blocked_s: Math.ceil(blocked / 1000)
    }))
  }
}

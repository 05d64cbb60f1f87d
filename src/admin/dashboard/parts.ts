// What the stream /-/changes sends, and the page (src/dashboard/) shows: each part is an event of that name, with this as
// JSON. All of them come at the beginning; later, those that have changed.

import type { UsagePage } from '../usage-page.ts'
import type { TrafficStep } from '../../observe/traffic.ts'
import type { ProxyStarted } from '../../events.ts'
import type { RecentRefusal } from '../../observe/recent-refusals.ts'

export interface Parts {
  /** Sent once, at the beginning: what follows is everything, and replaces what was known before. */
  readonly clock: ClockPart
  readonly proxy: ProxyPart
  readonly routes: readonly RoutePart[]
  /** Those that are new or have changed since the last time, oldest first; the same `at` replaces. */
  readonly traffic: readonly TrafficStep[]
  /** The same, by `id`; oldest first. The page keeps as many as `/-/refusals`. */
  readonly refusals: readonly RefusalPart[]
  readonly team: TeamPart
}

/** The proxy's clock: that of the browser may be another. */
export interface ClockPart {
  /** ISO 8601, UTC. */
  readonly now: string
}

export interface ProxyPart {
  readonly version: string
  readonly node: string
  /** ISO 8601, UTC. */
  readonly started: string
  /** `environment`, or the path of the config file. */
  readonly config: string
  /** What /-/ready says: `ok`, or what holds it back. */
  readonly ready: string
  /** The setting clients.required. */
  readonly keys_required: boolean
  /** Seconds of a step of the traffic. */
  readonly step_s: number
}

/** As the line proxy.started has it, and what is known of its key. */
export type RoutePart = ProxyStarted['routes'][number] & {
  /** When this process first had the version in use; ISO 8601, as all times. */
  readonly since: string | undefined
  /** Where it is known. */
  readonly expires: string | undefined
  /**
   * `works` or `refused`: what LangSmith last said to this version of the key. `untold`: it has said nothing about it, or not to
   * be understood. `no-key`: it could not be read yet.
   */
  readonly state: 'works' | 'refused' | 'untold' | 'no-key'
  readonly last_check: SightingPart | undefined
  readonly last_answer: SightingPart | undefined
}

export interface SightingPart {
  readonly time: string
  readonly result: 'accepted' | 'refused' | 'untold'
  readonly status: number | undefined
}

export type RefusalPart = RecentRefusal & {
  /** Stays the same while others like it are added to its count, and its diagnosis becomes better. */
  readonly id: number
}

/** Who calls, what they used since the start, and what is left of LangSmith's budgets: the essence of /-/clients and /-/usage. */
export interface TeamPart {
  /** Those with the most requests first. */
  readonly clients: readonly ClientPart[]
  /** How many more there are. */
  readonly clients_left_out: number
  readonly budgets: UsagePage['budgets']
}

export interface ClientPart {
  /** Null for all who show no client key. */
  readonly name: string | null
  /** Undefined where it has none, or is a client no more. */
  readonly role: string | undefined
  /** Prefixes; undefined for all. */
  readonly routes: readonly string[] | undefined
  readonly expires: string | undefined
  readonly last_used: string | undefined
  readonly requests: number
  /** 401 and 403, of LangSmith or of the proxy. */
  readonly refused: number
  /** 429, of LangSmith and of the proxy. */
  readonly too_many: number
  readonly held: number
  readonly bytes_in: number
  readonly bytes_out: number
}

// What the stream /-/changes sends, and the page (src/dashboard/) shows: each part is an event of that name, with this as
// JSON. All of them come at the beginning; later, those that have changed.

import type { ClientsPage } from '../clients-page.ts'
import type { UsagePage } from '../usage-page.ts'
import type { TrafficStep } from '../../observe/traffic.ts'
import type { ProxyStarted } from '../../events.ts'
import type { RecentRefusal } from '../../observe/recent-refusals.ts'

export interface Parts {
  readonly proxy: ProxyPart
  readonly routes: readonly RoutePart[]
  /** Those that are new or have changed since the last time, oldest first; the same `at` replaces. */
  readonly traffic: readonly TrafficStep[]
  /** The same, by `id`; oldest first. The page keeps as many as `/-/refusals`. */
  readonly refusals: readonly RefusalPart[]
  readonly team: TeamPart
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

/** Who calls, what they used since the start, and what is left of LangSmith's budgets: /-/clients and /-/usage. */
export type TeamPart = ClientsPage & UsagePage

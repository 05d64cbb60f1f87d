// What a workload is: it starts the servers it needs, measures them in turn, and tells figures.

import type { Target } from '../test/conformance/target.ts'
import type { Upstream } from './upstream.ts'

export interface Figure {
  /** Identifier of the workload. */
  readonly workload: string
  /** Name of a server, or of something it is compared with, such as `direct`. */
  readonly server: string
  /** What was measured, with its unit and, where it matters, the connections: a column of the table. */
  readonly column: string
  readonly value: number
}

/** Why a server's figures of a workload are not to be believed. */
export interface Fault {
  readonly workload: string
  readonly server: string
  readonly reason: string
}

export interface Results {
  readonly figures: readonly Figure[]
  readonly faults: readonly Fault[]
}

export interface Bench {
  /** By name, in the order in which they take turns. */
  readonly servers: ReadonlyMap<string, Target>
  /** Also without any proxy, where that says something. */
  readonly direct: boolean
  readonly rounds: number
  /** How often each server gets its load in a round. */
  readonly turns: number
  readonly upstream: Upstream
  readonly tell: (figure: Figure) => void
  readonly fault: (fault: Fault) => void
  /** Shows how far it is. */
  readonly say: (text: string) => void
}

export interface Workload {
  readonly id: string
  /** What is done. */
  readonly title: string
  readonly run: (bench: Bench) => Promise<void>
}

/** Name of a request without any proxy. */
export const DIRECT = 'direct'
/** Name of this proxy among the servers. */
export const OURS = 'langsmith-proxy'
/** Name of its small POSTs, where another request is measured beside them. */
export const OURS_SMALL = 'langsmith-proxy, small POST'
/** Name of an idle server of Node. */
export const NODE_HTTP = 'node:http'
/** Name of a Node that does nothing. */
export const NODE = 'node -e 0'

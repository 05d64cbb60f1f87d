// A program under the suite, with the routes that every case relies on: `/` and one prefix for each other
// place; `/` injects the main key, `/eu` the one of eu, the rest the main key.

import { TEAM } from './cases.ts'
import type { Places } from './places.ts'

export interface Target {
  readonly name: string
  /** undefined where the program is not installed. */
  readonly version: () => string | undefined
  /** Starts it on a free port of 127.0.0.1, and waits until it takes connections. @throws Error with its output. */
  readonly start: (places: Pick<Places, 'ports' | 'authority'>, options?: StartOptions) => Promise<Running>
  /** The same, where everybody needs a client key of team.ts; undefined for programs that know no clients and no roles. */
  readonly startTeam?: Target['start']
}

export interface StartOptions {
  /** TIMEOUTS by default. */
  readonly timeouts?: Timeouts
  /** Words put before the command, such as `taskset -c 0`; they must end in running it under the same process id. */
  readonly before?: readonly string[]
}

export interface Timeouts {
  /** Seconds without the head of an answer. */
  readonly head: number
  /** Seconds without a byte of a body, either way. */
  readonly idle: number
}

export interface Running {
  readonly port: number
  readonly pid: number
  /** Whether its process has not ended by itself. */
  readonly alive: () => boolean
  readonly stop: () => Promise<void>
}

/** Every target is set to these, so that slow cases are the same for all. */
export const TIMEOUTS: Timeouts = { head: 1, idle: 1 }

/** How it is started for a group of cases; undefined where it has nothing that the group is about. */
export function starterFor ({ start, startTeam }: Target, group: string): Target['start'] | undefined {
  return group === TEAM ? startTeam : start
}

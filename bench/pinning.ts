// One core for the server that is measured, another one for load and upstream: else they take each other's time.

import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const SERVER_CORE = '0'
const LOAD_CORE = '1'

// Asked before this process is pinned itself.
const isPossible = availableParallelism() > 1

/** Words before the command of a server; none on a machine with one core. */
export const ON_SERVER_CORE: readonly string[] = isPossible ? ['taskset', '--cpu-list', SERVER_CORE] : []

/** Puts this process, and all that it starts without further words, on the core of the load. */
export function pinLoad (): void {
  if (isPossible) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', LOAD_CORE, String(process.pid)])
}

/** For the page. */
export const PINNING = isPossible ? `server on core ${SERVER_CORE}, load and upstream on core ${LOAD_CORE}` : 'one core for all: not to be compared'

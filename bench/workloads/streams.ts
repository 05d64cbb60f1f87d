// W7: an afternoon with many open streams of which few say something.

import { setTimeout as pause } from 'node:timers/promises'
import type { Running } from '../../test/conformance/target.ts'
import { STREAMS } from '../columns.ts'
import { cpuMicros, residentMiB } from '../cpu.ts'
import { openStreams } from '../event-streams.ts'
import type { EventStreams } from '../event-streams.ts'
import { withServers } from '../servers.ts'
import type { Bench, Workload } from '../workload.ts'

const ID = 'W7'
const IDLE = 1000
const ACTIVE = 50
/** Until memory is as it stays. */
const SETTLE_MS = 1000
/** Of events, in each round. */
const SECONDS = 4

export const streams: Workload = {
  id: ID,
  title: `${IDLE} idle and ${ACTIVE} active streams of events, 50 events/s each`,
  async run (bench) {
    for (let round = 1; round <= bench.rounds; round++) {
      await withServers(bench, ID, bench.upstream, async (running) => {
        for (const [server, process] of running) {
          if (process !== undefined) {
            await measure(bench, server, process).catch((error: unknown) => { bench.fault({ workload: ID, server, reason: (error as Error).message }) })
          }
        }
      })
      bench.say(`${ID}: round ${round} of ${bench.rounds}`)
    }
  }
}

async function measure ({ tell }: Bench, server: string, { port, pid }: Running): Promise<void> {
  const figure = (column: string, value: number): void => { tell({ workload: ID, server, column, value }) }
  const warm = await openStreams(port, '/eu/active', ACTIVE) // so that code and its memory are there before the count
  let idle: EventStreams | undefined
  try {
    await pause(SETTLE_MS)
    const empty = residentMiB(pid)
    idle = await openStreams(port, '/eu/idle', IDLE)
    await pause(SETTLE_MS)
    const [cpu, events] = [cpuMicros(pid), warm.events()]
    await pause(SECONDS * 1000)
    const [used, came, memory] = [cpuMicros(pid) - cpu, warm.events() - events, residentMiB(pid)]
    const lost = idle.lost() + warm.lost()
    if (lost > 0) throw new Error(`${lost} streams ended`)
    if (came < ACTIVE * SECONDS) throw new Error(`only ${came} events`)
    figure(STREAMS.perStream, (memory - empty) * 1024 / IDLE)
    figure(STREAMS.memory, memory)
    figure(STREAMS.cpu, used / came)
    figure(STREAMS.share, used / (SECONDS * 1e6) * 100)
  } finally {
    idle?.close()
    warm.close()
  }
}

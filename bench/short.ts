// The short bench, for every commit: fails when a small POST costs too much CPU against the bare library, or a large
// body too much memory.

import { COLUMNS } from './columns.ts'
import { loadWorkload } from './load-workload.ts'
import { SERVERS, withServers } from './servers.ts'
import { median, plain } from './table.ts'
import { largeBody } from './workloads/memory.ts'
import { SMALL_POST_PLAN } from './workloads/small-post.ts'
import { OURS } from './workload.ts'
import type { Bench, Fault, Figure } from './workload.ts'

const ROUNDS = 3
const TURNS = 2
/** Of the CPU time of the bare library. */
const MOST_CPU = 0.85
/** MiB above idle. */
const MOST_MEMORY = 60

/** @returns What is wrong; empty for a pass. */
export async function runShort ({ upstream, say }: Pick<Bench, 'upstream' | 'say'>): Promise<readonly string[]> {
  const figures: Figure[] = []
  const faults: Fault[] = []
  const bench: Bench = {
    direct: false, rounds: ROUNDS, turns: TURNS, upstream, say,
    servers: only(OURS, 'bare'),
    tell: (figure) => { figures.push(figure) },
    fault: (fault) => { faults.push(fault) }
  }
  await loadWorkload({ ...SMALL_POST_PLAN, connections: [64] }).run(bench)
  let above: number | undefined
  await withServers({ ...bench, servers: only(OURS) }, 'memory', upstream, async (running) => {
    const process = running.get(OURS)
    if (process !== undefined) above = await largeBody(process)
  })

  const cpuOf = (name: string): readonly number[] => figures.filter(({ server, column }) => server === name && column === COLUMNS.cpu).map(({ value }) => value)
  const bare = cpuOf('bare')
  const turns = cpuOf(OURS).map((micros, turn) => micros / (bare[turn] ?? NaN))
  const ratios = Array.from({ length: ROUNDS }, (_, round) => median(turns.slice(round * TURNS, (round + 1) * TURNS)))
  // The best of three, as bare can be lucky: V8 compiles it in one of two ways, and one is a third faster.
  const ratio = Math.min(...ratios)
  say(`W1: CPU per request ${ratios.map(plain).join(', ')} × bare; the best of them ${plain(ratio)}, at most ${MOST_CPU}`)
  say(`1 GiB body: ${above === undefined ? '?' : plain(above)} MiB above idle, at most ${MOST_MEMORY}`)
  return [
    ...faults.map(({ workload, server, reason }) => `${workload}, ${server}: ${reason}`),
    ...(turns.length === ROUNDS * TURNS && bare.length === turns.length && ratio <= MOST_CPU ? [] : [`a small POST costs ${plain(ratio)} × bare`]),
    ...(above !== undefined && above <= MOST_MEMORY ? [] : ['a body of 1 GiB takes too much memory, or did not arrive'])
  ]
}

function only (...names: readonly string[]): Bench['servers'] {
  return new Map(Object.entries(SERVERS).filter(([name]) => names.includes(name)))
}

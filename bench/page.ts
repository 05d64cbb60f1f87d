// bench/results.md: where it ran, what came of the goals, and every figure.

import { goalTable } from './goals.ts'
import { commit, machine, toolVersions } from './machine.ts'
import { PINNING } from './pinning.ts'
import { tableOf } from './table.ts'
import type { Bench, Results, Workload } from './workload.ts'

type Run = Pick<Bench, 'servers' | 'rounds' | 'turns'>

/** @param day - Such as 2026-01-31. */
export function pageOf (results: Results, workloads: readonly Workload[], run: Run, day: string): string {
  return [
    '<!-- Written by "npm run bench -- --write"; do not edit. -->',
    '',
    '# Bench',
    '',
    ...describeRun(run, day),
    '',
    ...NOTES,
    '',
    '## Goals',
    '',
    goalTable(results),
    '',
    ...workloads.flatMap(({ id, title }) => {
      const table = tableOf(results, id)
      return table === undefined ? [] : [`## ${id}: ${title}`, '', table, '']
    })
  ].join('\n')
}

const NOTES = [
  'Medians, with the least and the most. Under load the servers took turns of two seconds, and ratios are medians over the turns, because the machine is not',
  'equally fast all the time; each turn began with new connections and a second that does not count. In each round new processes, after four seconds of small POSTs and four of their own requests.',
  'CPU time is that of the server\'s processes, from `/proc`. Figures of two runs are not to be compared.',
  'Every server injects the key and removes what clients sent; a row with an answer that is not right is invalid. `langsmith-proxy` runs with',
  'all defaults and a log file; `bare` (@fastify/http-proxy), `caddy`, `nginx` and `haproxy` as in `test/conformance/targets`; `by-hand` is the',
  'least that Node can do (`bench/by-hand.js`); `direct` is no proxy. Load and upstream share a core, so requests/s of the fastest is theirs, not its own.',
  '`bare` holds at most 128 connections to an upstream, its default, so W7 is beyond it. HAProxy does not use a kept connection for the first request of a',
  'client (`http-reuse safe`, its default), which shows in W6.'
]

function describeRun ({ servers, rounds, turns }: Run, day: string): readonly string[] {
  return [
    `${day}, commit ${commit()}, Node ${process.versions.node}, ${rounds} rounds of ${turns} turns; ${PINNING}.`,
    `${machine()}.`,
    `${[...servers].map(([name, target]) => `${name} ${target.version() ?? '?'}`).join(', ')}; ${toolVersions()}.`
  ]
}

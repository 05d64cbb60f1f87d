// What this proxy must reach, all features on. Only ratios within one run count.

import { COLUMNS, MEMORY, ONE_SHOT, START, STREAMS } from './columns.ts'
import { figureOf, plain } from './table.ts'
import { DIRECT, NODE, NODE_HTTP, OURS } from './workload.ts'
import type { Results } from './workload.ts'

export interface Verdict {
  readonly goal: string
  /** undefined where something it takes was not measured. */
  readonly measured: number | undefined
  /** What may not be exceeded; undefined where the figure is only stated. */
  readonly limit: number | undefined
}

type Find = (workload: string, server: string, column: string) => number | undefined

interface Goal {
  readonly goal: string
  readonly limit?: number
  readonly measure: (find: Find) => number | undefined
}

const cpuAgainst = (workload: string, other: string) => (find: Find): number | undefined =>
  divide(find(workload, OURS, COLUMNS.cpu), find(workload, other, COLUMNS.cpu))

const GOALS: readonly Goal[] = [
  { goal: 'W1: CPU per request, × bare', limit: 0.70, measure: cpuAgainst('W1', 'bare') },
  { goal: 'W1: CPU per request, × bare (beyond)', limit: 0.50, measure: cpuAgainst('W1', 'bare') },
  { goal: 'W1: CPU per request, × Caddy', limit: 1.0, measure: cpuAgainst('W1', 'caddy') },
  { goal: 'W2: CPU per request, × bare', limit: 0.90, measure: cpuAgainst('W2', 'bare') },
  { goal: 'W3: CPU per request, × bare', limit: 0.80, measure: cpuAgainst('W3', 'bare') },
  { goal: 'W4: CPU per request, × bare', limit: 0.75, measure: cpuAgainst('W4', 'bare') },
  { goal: 'W5: CPU per request, × nginx', measure: cpuAgainst('W5', 'nginx') },
  {
    goal: 'W6: time of a one-shot call, × direct', limit: 0.45,
    measure: (find) => divide(find('W6', OURS, ONE_SHOT.median), find('W6', DIRECT, ONE_SHOT.median))
  },
  { goal: 'W8: CPU per refusal, × W1', limit: 1.5, measure: (find) => divide(find('W8', OURS, COLUMNS.cpu), find('W1', OURS, COLUMNS.cpu)) },
  {
    goal: 'W1: p50 added at one connection, × that of bare', limit: 1.0,
    measure: (find) => {
      const direct = find('W1', DIRECT, COLUMNS.p50(1))
      return divide(less(find('W1', OURS, COLUMNS.p50(1)), direct), less(find('W1', 'bare', COLUMNS.p50(1)), direct))
    }
  },
  { goal: 'W1: p99 at 64 connections, × bare', limit: 0.6, measure: (find) => divide(find('W1', OURS, COLUMNS.p99(64)), find('W1', 'bare', COLUMNS.p99(64))) },
  { goal: 'start to ready, × node -e 0', limit: 5, measure: (find) => divide(find('start', OURS, START.ready), find('start', NODE, START.ready)) },
  { goal: 'idle RSS, × an idle node:http server', limit: 2, measure: (find) => divide(find('memory', OURS, MEMORY.idle), find('memory', NODE_HTTP, MEMORY.idle)) },
  { goal: 'W1: RSS at 64 connections, × bare', limit: 0.9, measure: (find) => divide(find('W1', OURS, COLUMNS.memory), find('W1', 'bare', COLUMNS.memory)) },
  { goal: 'RSS with a 1 GiB body, MiB above idle', limit: 60, measure: (find) => find('memory', OURS, MEMORY.large) },
  { goal: 'W7: memory per idle stream, KiB', measure: (find) => find('W7', OURS, STREAMS.perStream) }
]

/** How each goal stands. */
export function judge (results: Results): readonly Verdict[] {
  return GOALS.map(({ goal, limit, measure }) => ({ goal, limit, measured: measure((...what) => figureOf(results, ...what)) }))
}

/** As a Markdown table. */
export function goalTable (results: Results): string {
  const rows = judge(results).map(({ goal, measured, limit }) => {
    const outcome = measured === undefined ? 'not measured' : limit === undefined ? 'stated' : measured <= limit ? 'met' : '**not met**'
    return `| ${goal} | ${limit === undefined ? '' : `≤ ${limit}`} | ${measured === undefined ? '' : plain(measured)} | ${outcome} |`
  })
  return ['| goal | limit | measured | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function divide (a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b
}

function less (a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b
}

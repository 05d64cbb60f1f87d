// What this proxy must reach, all features on. Only ratios within one run count.

import { COLUMNS, MEMORY, ONE_SHOT, START, STREAMS } from './columns.ts'
import { figureOf, plain, ratioOf } from './table.ts'
import { DIRECT, NODE, NODE_HTTP, OURS, OURS_SMALL } from './workload.ts'
import type { Results } from './workload.ts'

export interface Verdict {
  readonly goal: string
  /** undefined where something it takes was not measured. */
  readonly measured: number | undefined
  /** What may not be exceeded; undefined where the figure is only stated. */
  readonly limit: number | undefined
}

interface Look {
  readonly find: (workload: string, server: string, column: string) => number | undefined
  readonly ratio: (workload: string, column: string, server: string, other: string) => number | undefined
}

interface Goal {
  readonly goal: string
  readonly limit?: number
  readonly measure: (look: Look) => number | undefined
}

const against = (workload: string, other: string, column: string = COLUMNS.cpu) => ({ ratio }: Look): number | undefined => ratio(workload, column, OURS, other)

const GOALS: readonly Goal[] = [
  { goal: 'W1: CPU per request, × bare', limit: 0.70, measure: against('W1', 'bare') },
  { goal: 'W1: CPU per request, × bare (beyond)', limit: 0.50, measure: against('W1', 'bare') },
  { goal: 'W1: CPU per request, × Caddy', limit: 1.0, measure: against('W1', 'caddy') },
  { goal: 'W2: CPU per request, × bare', limit: 0.90, measure: against('W2', 'bare') },
  { goal: 'W3: CPU per request, × bare', limit: 0.80, measure: against('W3', 'bare') },
  { goal: 'W4: CPU per request, × bare', limit: 0.75, measure: against('W4', 'bare') },
  { goal: 'W5: CPU per request, × nginx', measure: against('W5', 'nginx') },
  { goal: 'W6: time of a one-shot call, × direct', limit: 0.45, measure: against('W6', DIRECT, ONE_SHOT.median) },
  { goal: 'W8: CPU per refusal, × a small POST in the same turns', limit: 1.5, measure: against('W8', OURS_SMALL) },
  {
    goal: 'W1: p50 added at one connection, × that of bare', limit: 1.0,
    measure: ({ find }) => {
      const direct = find('W1', DIRECT, COLUMNS.p50(1))
      return divide(less(find('W1', OURS, COLUMNS.p50(1)), direct), less(find('W1', 'bare', COLUMNS.p50(1)), direct))
    }
  },
  { goal: 'W1: p99 at 64 connections, × bare', limit: 0.6, measure: against('W1', 'bare', COLUMNS.p99(64)) },
  { goal: 'start to ready, × node -e 0', limit: 5, measure: against('start', NODE, START.ready) },
  { goal: 'idle RSS, × an idle node:http server', limit: 2, measure: against('memory', NODE_HTTP, MEMORY.idle) },
  { goal: 'W1: RSS at 64 connections, × bare', limit: 0.9, measure: against('W1', 'bare', COLUMNS.memory) },
  { goal: 'RSS with a 1 GiB body, MiB above idle', limit: 60, measure: ({ find }) => find('memory', OURS, MEMORY.large) },
  { goal: 'W7: memory per idle stream, KiB', measure: ({ find }) => find('W7', OURS, STREAMS.perStream) }
]

/** How each goal stands. */
export function judge (results: Results): readonly Verdict[] {
  const look: Look = { find: (...what) => figureOf(results, ...what), ratio: (...what) => ratioOf(results, ...what) }
  return GOALS.map(({ goal, limit, measure }) => ({ goal, limit, measured: measure(look) }))
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

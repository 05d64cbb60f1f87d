// Figures become medians, ratios and verdicts; a figure that is not to be believed becomes none of them.

import t from 'tap'
import { parseArguments } from '../../bench/arguments.ts'
import { COLUMNS } from '../../bench/columns.ts'
import { goalTable, judge } from '../../bench/goals.ts'
import { figureOf, median, plain, ratioOf, tableOf } from '../../bench/table.ts'
import type { Results } from '../../bench/workload.ts'
import { wrongWith } from '../../bench/wrk.ts'

const OURS = 'langsmith-proxy'

function results (cpu: Readonly<Record<string, readonly number[]>>, faults: Results['faults'] = []): Results {
  return { faults, figures: Object.entries(cpu).flatMap(([server, values]) => values.map((value) => ({ workload: 'W1', server, column: COLUMNS.cpu, value }))) }
}

t.test('a median is the middle, or between the two in the middle', async (t) => {
  t.equal(median([100, 9, 20]), 20)
  t.equal(median([1, 2, 3, 10]), 2.5)
  t.equal(median([7]), 7)
})

t.test('numbers have as many digits as are worth reading', async (t) => {
  t.strictSame([1234.5, 99.96, 12.34, 1.234, 0, -0.5].map(plain), ['1235', '100.0', '12.3', '1.23', '0.00', '-0.50'])
})

t.test('a server with a wrong answer has no figures, in the table and for the goals', async (t) => {
  const wrong = results({ [OURS]: [10], bare: [100] }, [{ workload: 'W1', server: OURS, reason: '3 of 9 answers have another status\nmore | text' }])
  t.equal(figureOf(wrong, 'W1', OURS, COLUMNS.cpu), undefined)
  t.match(tableOf(wrong, 'W1'), '| langsmith-proxy | invalid: 3 of 9 answers have another status |  |')
  t.notMatch(tableOf(wrong, 'W1'), '10.0')
  t.match(judge(wrong)[0], { goal: 'W1: CPU per request, × bare', measured: undefined })
  t.equal(figureOf({ ...wrong, faults: [{ workload: 'W2', server: OURS, reason: '' }] }, 'W1', OURS, COLUMNS.cpu), 10, 'faults of other workloads do not count')
})

t.test('a table has medians with the least and the most, and ratios to those that were measured', async (t) => {
  const table = tableOf(results({ [OURS]: [50, 70, 60], bare: [120] }), 'W1')?.split('\n')
  t.strictSame(table, [
    '|  | CPU µs per request | × bare |',
    '| --- | --- | --- |',
    '| langsmith-proxy | 60.0 (50.0–70.0) | 0.50 |',
    '| bare | 120 | 1.00 |'
  ])
  t.equal(tableOf(results({}), 'W1'), undefined)
})

t.test('a ratio is that of turns, for a machine that is slow in one of them is slow for both', async (t) => {
  const cpu = { [OURS]: [50, 150, 70], bare: [100, 300, 120] }
  t.equal(ratioOf(results(cpu), 'W1', COLUMNS.cpu, OURS, 'bare'), 0.5)
  t.match(tableOf(results(cpu), 'W1'), '| langsmith-proxy | 70.0 (50.0–150) | 0.50 |')
  t.equal(ratioOf(results({ [OURS]: [50, 150, 90], bare: [100] }), 'W1', COLUMNS.cpu, OURS, 'bare'), 0.9, 'of medians, where one had fewer turns')
  t.equal(ratioOf(results(cpu), 'W1', COLUMNS.cpu, OURS, 'caddy'), undefined)
})

t.test('goals are met up to their limit, and not measured without both sides', async (t) => {
  const verdict = (ours: number, others: Record<string, readonly number[]>): string => goalTable(results({ [OURS]: [ours], ...others }))
  t.match(verdict(70, { bare: [100] }), '| W1: CPU per request, × bare | ≤ 0.7 | 0.70 | met |')
  t.match(verdict(71, { bare: [100] }), '| W1: CPU per request, × bare | ≤ 0.7 | 0.71 | **not met** |')
  t.match(verdict(70, {}), '| W1: CPU per request, × bare | ≤ 0.7 |  | not measured |')
  t.match(verdict(70, { caddy: [70] }), '| W1: CPU per request, × Caddy | ≤ 1 | 1.00 | met |')
})

t.test('the time that a proxy adds is what is above the direct way', async (t) => {
  const figures = Object.entries({ direct: 20, bare: 120, [OURS]: 70 }).map(([server, value]) => ({ workload: 'W1', server, column: COLUMNS.p50(1), value }))
  t.equal(judge({ figures, faults: [] }).find(({ goal }) => goal.startsWith('W1: p50 added'))?.measured, 0.5)
})

t.test('a load with wrong, missing, broken or short answers is not to be believed', async (t) => {
  const good = { requests: 10, micros: 1, bytes: 1000, surprises: 0, broken: 0, p50: 1, p99: 1 }
  t.equal(wrongWith(good, 100), undefined)
  t.match(wrongWith({ ...good, requests: 0 }, 0), 'no answer')
  t.match(wrongWith({ ...good, surprises: 1 }, 0), '1 of 10 answers')
  t.match(wrongWith({ ...good, broken: 1 }, 0), '1 requests failed')
  t.match(wrongWith(good, 101), '100 bytes only')
})

t.test('the command line takes known names and whole numbers only', async (t) => {
  const parse = (...args: string[]): unknown => parseArguments(args, ['W1', 'W2', 'W3'], [OURS, 'bare'])
  t.throws(() => parse('--workload', 'W1,W9'), { message: '--workload knows no W9; choose from W1, W2, W3' })
  t.throws(() => parse('--server', 'bear'), { message: /^--server knows no bear/ })
  for (const rounds of ['0', '1.5', 'x', '']) t.throws(() => parse('--rounds', rounds), { message: /^--rounds takes/ }, `--rounds "${rounds}"`)
  t.throws(() => parse('--fast'))
  t.throws(() => parse('--write', '--workload', 'W1'), { message: '--write is for a run of all workloads and servers' })
  t.match(parse('--workload', 'W3,W1', '--turns', '5'), { workloads: ['W1', 'W3'], servers: [OURS, 'bare'], rounds: 2, turns: 5, write: false, short: false })
})

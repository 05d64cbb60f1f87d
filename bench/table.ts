// Figures as tables: medians of all turns with the least and the most, and how they stand to others.

import { OURS_SMALL } from './workload.ts'
import type { Results } from './workload.ts'

/** Servers that every row is compared with, in the column that comes first. */
const COMPARED = ['bare', 'caddy'] as const

/** @param values - At least one. */
export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** Median of one figure; undefined if there is none, or if the server's figures of this workload are not to be believed. */
export function figureOf ({ figures, faults }: Results, workload: string, server: string, column: string): number | undefined {
  if (faults.some((fault) => fault.workload === workload && fault.server === server)) return undefined
  const values = valuesOf(figures, workload, server, column)
  return values.length === 0 ? undefined : median(values)
}

/**
 * What a server takes for each one that another takes: the median of what it was in each turn, because a machine that is slow
 * for some seconds is slow for both. Where they had not the same number of turns, that of their medians.
 */
export function ratioOf (results: Results, workload: string, column: string, server: string, other: string): number | undefined {
  const [value, base] = [figureOf(results, workload, server, column), figureOf(results, workload, other, column)]
  if (value === undefined || base === undefined) return undefined
  const [values, bases] = [valuesOf(results.figures, workload, server, column), valuesOf(results.figures, workload, other, column)]
  if (values.length !== bases.length) return value / base
  return median(values.map((each, turn) => each / (bases[turn] ?? NaN)))
}

/** @returns A Markdown table of one workload; undefined if nothing was measured. */
export function tableOf (results: Results, workload: string): string | undefined {
  const { figures, faults } = results
  const own = figures.filter((figure) => figure.workload === workload)
  const wrong = faults.filter((fault) => fault.workload === workload)
  const servers = [...new Set([...own, ...wrong].map(({ server }) => server))]
  const columns = [...new Set(own.map(({ column }) => column))]
  const [first] = columns
  if (servers.length === 0) return undefined
  const compared = COMPARED.filter((name) => first !== undefined && servers.length > 1 && figureOf(results, workload, name, first) !== undefined)
  const rows = servers.map((server) => {
    const reason = wrong.find((fault) => fault.server === server)?.reason
    if (reason !== undefined) return [server, `invalid: ${oneLine(reason)}`]
    const ratios = compared.map((name) => server === OURS_SMALL ? '' : ratioOf(results, workload, first ?? '', server, name)?.toFixed(2) ?? '')
    const cells = columns.map((column) => cell(valuesOf(figures, workload, server, column)))
    return [server, cells[0] ?? '', ...ratios, ...cells.slice(1)]
  })
  const head = ['', first ?? '', ...compared.map((name) => `× ${name}`), ...columns.slice(1)]
  return [head, head.map(() => '---'), ...rows.map((row) => [...row, ...head.slice(row.length).map(() => '')])]
    .map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** As many digits as are worth reading. */
export function plain (value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

function valuesOf (figures: Results['figures'], workload: string, server: string, column: string): readonly number[] {
  return figures.filter((figure) => figure.workload === workload && figure.server === server && figure.column === column).map(({ value }) => value)
}

function cell (values: readonly number[]): string {
  if (values.length === 0) return ''
  const middle = plain(median(values))
  return values.length === 1 ? middle : `${middle} (${plain(Math.min(...values))}–${plain(Math.max(...values))})`
}

function oneLine (text: string): string {
  return (text.split('\n')[0] ?? '').replaceAll('|', '\\|').slice(0, 120)
}

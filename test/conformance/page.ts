// docs/conformance.md from the results of a run. The same results give the same page: ports, keys and dates
// do not get into it.

import type { Case } from './case.ts'
import { GROUPS, TEAM } from './cases.ts'
import { PAGE_TEXT } from './page-text.ts'

export interface Result {
  readonly name: string
  /** undefined: not installed. */
  readonly version: string | undefined
  /** What was wrong, by the name of the case; the first complaint is the reason that the page gives. */
  readonly failures: ReadonlyMap<string, readonly string[]>
  /** How many were run. */
  readonly cases: number
}

/** The group that is no promise of ours. */
export const BEYOND = 'beyond'

const ALL_GROUPS: readonly (readonly [group: string, cases: readonly Case[]])[] = Object.entries(GROUPS)

/** Of a program that has nothing that the group is about. */
export const NOT_PLAYED = '–'

/** Longer reasons are cut. */
const REASON_LENGTH = 110

/**
 * @param results - One for each program, ours first.
 * @param date - Of the run, such as 2026-11-21.
 */
export function pageOf (results: readonly Result[], date: string): string {
  return [
    '<!-- Written by "npm run conformance -- --write"; do not edit. -->',
    PAGE_TEXT.intro,
    `Run on ${date} with Node ${process.versions.node}: ${results.map(({ name, version }) => `${name} ${version ?? ''}`).join(', ')}.`,
    '## Failures',
    summary(results),
    PAGE_TEXT.setup,
    '## Where others are better',
    PAGE_TEXT.beyond,
    betterThanUs(results),
    '## Every case',
    ...ALL_GROUPS.flatMap(([group, cases]) => [`### ${group}`, casesOf(group, cases, results)]),
    '## Why they fail',
    'The first complaint about each case, and the cases that have it.',
    ...results.slice(1).flatMap((result) => [`### ${result.name} ${result.version ?? ''}`, ...reasonsOf(result)])
  ].join('\n\n') + '\n'
}

/** Text as a cell of a table: nothing in it is markup. */
export function cell (text: string): string {
  const visible = text.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return visible.replace(/[\\`*_{}[\]<>|&~#$]/g, '\\$&')
}

function table (head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => i === 0 ? '---' : ':-:')), ...rows.map(line)].join('\n')
}

function summary (results: readonly Result[]): string {
  const row = (title: string, cases: readonly Case[]): readonly string[] =>
    [title, String(cases.length), ...results.map(({ failures }) => String(cases.filter(({ name }) => failures.has(name)).length))]
  const common = ALL_GROUPS.filter(([group]) => group !== BEYOND && group !== TEAM)
  const [, total = '', ours = '', ...others] = row(TEAM, GROUPS[TEAM])
  return table(
    ['', 'cases', ...results.map(({ name }) => name)],
    [...common.map(([group, cases]) => row(group, cases)), row('**all of these**', common.flatMap(([, cases]) => cases)), [TEAM, total, ours, ...others.map(() => NOT_PLAYED)], row(BEYOND, GROUPS[BEYOND])]
  )
}

function betterThanUs ([ours, ...others]: readonly Result[]): string {
  const rows = ALL_GROUPS.flatMap(([, cases]) => cases).flatMap(({ name }) => {
    const able = others.filter(({ failures }) => !failures.has(name)).map((other) => other.name)
    return ours?.failures.has(name) === true && able.length > 0 ? [`- ${cell(name)}: ${able.join(', ')}`] : []
  })
  return rows.length === 0 ? 'None in this run.' : rows.join('\n')
}

function casesOf (group: string, cases: readonly Case[], results: readonly Result[]): string {
  const mark = ({ failures }: Result, at: number, name: string): string => group === TEAM && at > 0 ? NOT_PLAYED : failures.has(name) ? '✗' : '✓'
  const rows = cases.map(({ name }) => [cell(name), ...results.map((result, at) => mark(result, at, name))])
  return table(['', ...results.map(({ name }) => name)], rows)
}

function reasonsOf ({ failures }: Result): readonly string[] {
  return ALL_GROUPS.flatMap(([group, cases]) => {
    const byReason = new Map<string, string[]>()
    for (const { name } of cases) {
      const [complaint] = failures.get(name) ?? []
      if (complaint === undefined) continue
      const reason = reasonFrom(complaint)
      byReason.set(reason, [...byReason.get(reason) ?? [], cell(name)])
    }
    if (byReason.size === 0) return []
    return [`**${group}**`, [...byReason].map(([reason, names]) => `- ${cell(reason)}: ${names.join('; ')}`).join('\n')]
  })
}

// Without what differs from run to run, and without the whole head that came instead of a wanted line.
function reasonFrom (complaint: string): string {
  const steady = complaint
    .replace(/^(wanted .*), came .*$/s, '$1')
    .replace(/lsv2_\w+/g, '(key)')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
  return steady.length > REASON_LENGTH ? `${steady.slice(0, REASON_LENGTH)}…` : steady
}

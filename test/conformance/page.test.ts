// docs/conformance.md is about the cases that there are now, and what it says adds up.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { GROUPS, TEAM } from './cases.ts'
import { BEYOND, cell, NOT_PLAYED, pageOf } from './page.ts'
import { TARGETS } from './targets.ts'

const PAGE = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
const RENEW = 'run npm run conformance -- --write'
const PROGRAMS = Object.values(TARGETS).map(({ name }) => name)

/** Cells of the rows of the first table below a heading, without its head. */
function tableBelow (heading: string): readonly (readonly string[])[] {
  const lines = PAGE.slice(PAGE.indexOf(`\n${heading}\n`)).split('\n').slice(2)
  const first = lines.findIndex((line) => line.startsWith('| '))
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('| '))
  return lines.slice(first + 2, end).map((line) => line.slice(2, -2).split(' | '))
}

const groups = Object.entries(GROUPS).map(([group, cases]) => ({ group, cases, rows: tableBelow(`### ${group}`) }))
const failing = (rows: readonly (readonly string[])[], column: number): number => rows.filter((row) => row[column] === '✗').length

t.test('a page from other results is another page, and one from the same is the same', async (t) => {
  const [first] = Object.values(GROUPS).flat()
  const results = (failures: ReadonlyMap<string, readonly string[]>) => PROGRAMS.map((name) => ({ name, version: '1', failures, cases: 1 }))
  const broken = new Map([[first?.name ?? '', ['wanted "a", came "lsv2_sk_1"']]])
  t.equal(pageOf(results(broken), '2000-01-01'), pageOf(results(broken), '2000-01-01'))
  t.not(pageOf(results(broken), '2000-01-01'), pageOf(results(new Map()), '2000-01-01'))
  t.notMatch(pageOf(results(broken), '2000-01-01'), /lsv2/)
})

for (const { group, cases, rows } of groups) {
  t.test(`the page lists exactly the cases of the group "${group}"`, async (t) => {
    t.strictSame(rows.map(([name]) => name), cases.map(({ name }) => cell(name)), RENEW)
    const marks = group === TEAM ? `^[✓✗]${NOT_PLAYED.repeat(PROGRAMS.length - 1)}$` : `^[✓✗]{${PROGRAMS.length}}$`
    for (const row of rows) t.match(row.slice(1).join(''), new RegExp(marks))
  })
}

t.test('this proxy fails no case that it promises', async (t) => {
  for (const { group, rows } of groups) if (group !== BEYOND) t.equal(failing(rows, 1), 0, group)
})

t.test('the counts of the summary are those of the rows', async (t) => {
  const common = groups.filter(({ group }) => group !== BEYOND && group !== TEAM).flatMap(({ rows }) => rows)
  const counts = (title: string, rows: readonly (readonly string[])[]): readonly string[] =>
    [title, String(rows.length), ...PROGRAMS.map((_, i) => title === TEAM && i > 0 ? NOT_PLAYED : String(failing(rows, i + 1)))]
  const all = groups.map(({ group, rows }) => counts(group, rows))
  t.strictSame(tableBelow('## Failures'), [...all.slice(0, -2), counts('**all of these**', common), ...all.slice(-2)], RENEW)
})

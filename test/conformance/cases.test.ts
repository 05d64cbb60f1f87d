// The table holds together: a case that has no name of its own, or that no test runs, would say nothing.

import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'
import { GROUPS } from './cases.ts'

t.test('names of cases are unique', async (t) => {
  const names = Object.values(GROUPS).flat().map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
})

t.test('every group but `beyond`, which holds no promise of ours, is run by a test', async (t) => {
  const folder = import.meta.dirname
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts')).map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('')
  const run = [...tests.matchAll(/runGroups\(([^)]*)\)/g)].flatMap(([, list = '']) => [...list.matchAll(/'([^']*)'/g)].map(([, name]) => name))
  t.strictSame(run.sort(), Object.keys(GROUPS).filter((name) => name !== 'beyond').sort())
})

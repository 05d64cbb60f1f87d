// The pages say what the program does: generated files are current, links lead somewhere, and the
// settings and codes that pages name exist.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { generatedFiles } from './support/generated.ts'
import { listSettings, PLAIN_VARIABLES } from '../src/config/settings.ts'

const ROOT = new URL('..', import.meta.url).pathname
const PAGES = ['README.md', 'SECURITY.md', 'CHANGELOG.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ...readdirSync(join(ROOT, 'docs/decisions')).map((name) => `docs/decisions/${name}`)]

for (const [path, content] of generatedFiles()) {
  t.test(`${path} is what "npm run generate" writes`, async (t) => {
    t.equal(readFileSync(join(ROOT, path), 'utf8'), content, 'run npm run generate')
  })
}

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), 'utf8')

  t.test(`links of ${page} lead to files that exist`, async (t) => {
    const targets = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, target = '']) => target)
    for (const target of targets) t.ok(existsSync(join(ROOT, dirname(page), target)), target)
  })

  t.test(`variables named in ${page} exist`, async (t) => {
    const known = new Set([
      ...listSettings().flatMap(({ variable, shortVariable }) => [variable, shortVariable]), ...PLAIN_VARIABLES.map(({ variable }) => variable)
    ])
    const named = new Set([...text.matchAll(/\bLANGSMITH_PROXY_[A-Z_]+\b/g)].map(([name]) => name))
    for (const name of named) t.ok(known.has(name), name)
  })
}

t.test('each promise of SECURITY.md, and docs/limits.md, names tests that exist', async (t) => {
  const promises = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').split('\n').filter((line) => /^\| P\d+ \|/.test(line))
  t.strictSame(promises.map((line) => line.split(' | ')[0]), Array.from({ length: 15 }, (_, i) => `| P${i + 1}`))
  for (const line of [...promises, readFileSync(join(ROOT, 'docs/limits.md'), 'utf8')]) {
    const named = [...line.matchAll(/\btest\/[\w./-]*\w/g)].map(([name]) => name)
    t.ok(named.length > 0, line.slice(0, 60))
    for (const name of named) t.ok(existsSync(join(ROOT, name)), name)
  }
})

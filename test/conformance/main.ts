// npm run conformance -- [--target NAME]… [--write]
// Runs the table of cases against other programs, each set up to inject the same headers as well as its
// documentation allows, and prints what failed. --write puts the results of all targets into docs/conformance.md.
// Ends with 1 if a target is not installed, or this proxy fails what it promises; others may fail.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Case } from './case.ts'
import { GROUPS } from './cases.ts'
import { BEYOND, pageOf } from './page.ts'
import type { Result } from './page.ts'
import { startPlaces } from './places.ts'
import type { Places } from './places.ts'
import { runCase } from './run-case.ts'
import { starterFor } from './target.ts'
import type { Target } from './target.ts'
import { TARGETS } from './targets.ts'
import { langsmithProxy } from './targets/langsmith-proxy.ts'

const values = readArguments()
const wanted = values.target ?? Object.keys(TARGETS)
const unknown = wanted.filter((name) => TARGETS[name] === undefined)
if (unknown.length > 0) leave(2, `there is no target ${unknown.join(', ')}`, `choose from ${Object.keys(TARGETS).join(', ')}`)
if (values.write) {
  const missing = Object.keys(TARGETS).filter((name) => !wanted.includes(name) || TARGETS[name]?.version() === undefined)
  if (missing.length > 0) leave(1, `the page needs a result of every target, and there will be none of ${missing.join(', ')}`, 'install nginx, caddy and haproxy, and run it without --target')
}

const results: Result[] = []
for (const target of wanted.flatMap((name) => TARGETS[name] ?? [])) results.push(await runTarget(target)) // one by one: cases count on time
for (const { name, version, failures, cases } of results) {
  console.log(version === undefined ? `${name}: not installed` : `${name} ${version}: ${cases - failures.size} of ${cases} cases pass`)
}
if (values.write) writeFileSync(new URL('../../docs/conformance.md', import.meta.url), pageOf(results, new Date().toISOString().slice(0, 10)))
if (results.some(({ name, version, failures }) => version === undefined || (name === langsmithProxy.name && breaksPromise(failures)))) process.exitCode = 1

function readArguments (): { readonly target?: readonly string[], readonly write: boolean } {
  try {
    return parseArgs({ options: { target: { type: 'string', multiple: true }, write: { type: 'boolean', default: false } } }).values
  } catch (error) {
    return leave(2, error instanceof Error ? error.message.split('. ')[0] ?? '' : String(error), 'options are --target NAME (more than once if you like) and --write')
  }
}

function leave (exitCode: number, message: string, hint: string): never {
  console.error(`error: ${message}\nhint: ${hint}`)
  process.exit(exitCode)
}

function breaksPromise (failures: Result['failures']): boolean {
  return Object.entries(GROUPS).some(([group, cases]) => group !== BEYOND && cases.some(({ name }) => failures.has(name)))
}

async function runTarget (target: Target): Promise<Result> {
  const { name } = target
  const version = target.version()
  const failures = new Map<string, readonly string[]>()
  let cases = 0
  if (version === undefined) return { name, version, failures, cases }
  const places = await startPlaces()
  try {
    for (const [group, all] of Object.entries(GROUPS)) {
      const start = starterFor(target, group)
      if (start === undefined) continue
      cases += all.length
      for (const [testCase, wrong] of await runGroup(start, places, all, target === langsmithProxy && group !== BEYOND)) {
        failures.set(testCase, wrong)
        console.log(`${name}: ${group}: ${testCase}: ${wrong.join('; ')}`)
      }
    }
  } finally {
    await places.close()
  }
  return { name, version, failures, cases }
}

async function runGroup (start: Target['start'], places: Places, cases: readonly Case[], ours: boolean): Promise<Result['failures']> {
  const failures = new Map<string, readonly string[]>()
  let running = await start(places)
  try {
    for (const testCase of cases) {
      const wrong = await runCase(testCase, running.port, places, ours)
      const ended = !running.alive()
      if (wrong.length > 0 || ended) failures.set(testCase.name, ended ? ['the program ended', ...wrong] : wrong)
      if (!ended) continue
      await running.stop()
      running = await start(places) // as a supervisor would; later cases are not to blame
    }
  } finally {
    await running.stop()
  }
  return failures
}

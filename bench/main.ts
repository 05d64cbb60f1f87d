// npm run bench -- [--workload W1,W3] [--server langsmith-proxy,bare] [--rounds 2] [--turns 3] [--write] [--short]
// Measures this proxy beside others, in turn on the same core, and prints tables. --write puts them into
// bench/results.md (more than half an hour); --short checks only what must hold for every commit, in less than two minutes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArguments } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { endChildren } from './cpu.ts'
import { goalTable } from './goals.ts'
import { missingHere } from './machine.ts'
import { pageOf } from './page.ts'
import { pinLoad } from './pinning.ts'
import { SERVERS } from './servers.ts'
import { runShort } from './short.ts'
import { tableOf } from './table.ts'
import { startUpstream } from './upstream.ts'
import type { RunningUpstream } from './upstream.ts'
import { DIRECT, OURS } from './workload.ts'
import type { Fault, Figure, Results } from './workload.ts'
import { WORKLOADS } from './workloads.ts'

const began = performance.now()
const say = (text: string): void => { console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}`) }

const known = WORKLOADS.map(({ id }) => id)
let asked: Arguments
try {
  asked = parseArguments(process.argv.slice(2), known, [...Object.keys(SERVERS), DIRECT])
} catch (error) {
  console.error(`error: ${(error as Error).message}`)
  process.exit(2)
}
const { missing, hint } = missingHere()
if (missing.length > 0) {
  console.error(`${asked.short ? 'skipped' : 'error'}: the bench needs ${missing.join(', ')}\nhint: ${hint}`)
  process.exit(asked.short ? 0 : 2)
}
pinLoad()
// Whatever way it ends, no server and no log of a gigabyte stays behind: all temporary folders are made in this one.
const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-bench-'))
process.env.TMPDIR = folder
process.once('exit', () => { endChildren(); rmSync(folder, { recursive: true, force: true }) })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { process.exit(1) })

const servers = new Map(asked.servers.flatMap((name) => {
  const target = SERVERS[name]
  if (target === undefined) return []
  if (target.version() !== undefined) return [[name, target] as const]
  say(`${name} is not installed`)
  return []
}))
const upstream = await startUpstream()
try {
  if (asked.short) await checkShort(upstream)
  else await runAll(upstream)
} finally {
  await upstream.stop()
}

async function checkShort (upstream: RunningUpstream): Promise<void> {
  const wrong = await runShort({ upstream, say })
  for (const each of wrong) console.error(`error: ${each}`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

async function runAll (upstream: RunningUpstream): Promise<void> {
  const { rounds, turns, write } = asked
  const figures: Figure[] = []
  const faults: Fault[] = []
  const results: Results = { figures, faults }
  for (const workload of WORKLOADS.filter(({ id }) => asked.workloads.includes(id))) {
    await workload.run({
      servers, direct: asked.servers.includes(DIRECT), rounds, turns, upstream, say,
      tell: (figure) => { figures.push(figure) },
      fault: (fault) => { faults.push(fault); say(`${fault.workload}, ${fault.server}: ${fault.reason}`) }
    })
    console.log(`\n## ${workload.id}: ${workload.title}\n\n${tableOf(results, workload.id) ?? 'nothing was measured'}\n`)
  }
  console.log(goalTable(results))
  if (write) writeFileSync(new URL('results.md', import.meta.url), pageOf(results, WORKLOADS, { servers, rounds, turns }, new Date().toISOString().slice(0, 10)))
  process.exitCode = faults.some(({ server }) => server === OURS) ? 1 : 0 // what others cannot do stands in the table
}

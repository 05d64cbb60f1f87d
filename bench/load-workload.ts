// Workloads that are one request again and again, from some connections.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KEYS } from '../test/conformance/case.ts'
import type { Running } from '../test/conformance/target.ts'
import { COLUMNS } from './columns.ts'
import { cpuMicros, residentMiB } from './cpu.ts'
import { withServers } from './servers.ts'
import { SMALL_BODY, SMALL_PATH } from './payloads.ts'
import type { Upstream } from './upstream.ts'
import { OURS, OURS_SMALL } from './workload.ts'
import type { Bench, Workload } from './workload.ts'
import { load, wrongWith } from './wrk.ts'
import type { Load } from './wrk.ts'

export interface LoadPlan {
  readonly id: string
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** The upstream is reached over TLS. */
  readonly tls?: true
  readonly body?: { readonly content: string | Buffer, readonly type: string }
  /** The only right status; by default all below 400. */
  readonly status?: number
  /** A header that our answers must have. */
  readonly ourHeader?: string
  /** Least bytes of an answer. */
  readonly answer?: number
  /** How many connections, in turn. The first are those that CPU and memory are taken at. */
  readonly connections: readonly [number, ...number[]]
  /** Asked of this proxy in the same turns, as a row of its own. */
  readonly beside?: LoadPlan
}

/**
 * Of small requests, whatever is measured then: until V8 has compiled what all requests need. Of large ones there are only
 * some hundred in a second, so with them it would take a minute.
 */
const WARM_UP_SECONDS = 4
const WARM_UP_CONNECTIONS = 64
/** Then of its own: what only such requests need is compiled, too. */
const LEAD_SECONDS = 4
/** Each turn begins with new connections, and with a process that was idle while the others had theirs; neither is what is measured. */
const TURN_LEAD_SECONDS = 1
/** Servers close to each other in a turn are measured under the same conditions: the machine is not equally fast all the time. */
const TURN_SECONDS = 2
/** A client that thinks it must send one; it must not get through. */
const CLIENTS_KEY = 'your-api-key'

export function loadWorkload (plan: LoadPlan): Workload {
  return { id: plan.id, title: plan.title, run: (bench) => run(plan, bench) }
}

async function run (plan: LoadPlan, bench: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-bench-'))
  try {
    // New processes in each round: how V8 compiles a program differs from start to start, and stays for as long as it lives.
    for (let round = 1; round <= bench.rounds; round++) {
      await withServers(bench, plan.id, bench.upstream, async (running) => { await measureAll(plan, bench, subjectsOf(plan, bench, running, folder)) })
      bench.say(`${plan.id}: round ${round} of ${bench.rounds}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A row of the table: a server, or nothing between client and upstream, and what it is asked. */
interface Subject {
  readonly server: string
  readonly running: Running | undefined
  readonly asked: Omit<Load, 'connections' | 'seconds'>
  /** Least bytes of an answer. */
  readonly least: number
  /** None for the direct way, where nothing is compiled. */
  readonly warmUp: Load | undefined
}

function subjectsOf (plan: LoadPlan, { upstream }: Bench, running: ReadonlyMap<string, Running | undefined>, folder: string): readonly Subject[] {
  const small = { ...requestOf({ method: 'POST', body: { content: SMALL_BODY, type: 'application/json' } }, folder), connections: WARM_UP_CONNECTIONS, seconds: WARM_UP_SECONDS }
  return [...running].flatMap(([server, process]) => {
    const subject: Subject = {
      server, running: process, least: plan.answer ?? 0,
      asked: { ...requestOf(plan, folder), ...addressOf(plan, process, upstream) },
      warmUp: process === undefined ? undefined : { ...small, ...addressOf({ ...plan, path: SMALL_PATH }, process, upstream) }
    }
    if (plan.beside === undefined || server !== OURS) return [subject]
    return [subject, { ...subject, server: OURS_SMALL, least: plan.beside.answer ?? 0, asked: { ...requestOf(plan.beside, folder), ...addressOf(plan.beside, process, upstream) }, warmUp: undefined }]
  })
}

async function measureAll (plan: LoadPlan, bench: Bench, subjects: readonly Subject[]): Promise<void> {
  for (const { warmUp } of subjects) if (warmUp !== undefined) await load(warmUp)
  const [first] = plan.connections
  for (const { server, asked } of subjects) {
    if (server === OURS && plan.ourHeader !== undefined && !(await fetch(asked.url)).headers.has(plan.ourHeader)) {
      bench.fault({ workload: plan.id, server, reason: `answers lack ${plan.ourHeader}` })
    }
    await load({ ...asked, connections: first, seconds: LEAD_SECONDS })
  }
  for (const connections of plan.connections) {
    for (let turn = 0; turn < bench.turns; turn++) {
      for (const subject of subjects) await measure(plan, bench, subject, connections)
    }
  }
}

async function measure (plan: LoadPlan, bench: Bench, { server, running, asked, least }: Subject, connections: number): Promise<void> {
  await load({ ...asked, connections, seconds: TURN_LEAD_SECONDS })
  const before = running === undefined ? 0 : cpuMicros(running.pid)
  const result = await load({ ...asked, connections, seconds: TURN_SECONDS })
  const used = running === undefined ? 0 : cpuMicros(running.pid) - before
  const wrong = wrongWith(result, least)
  if (wrong !== undefined) {
    bench.fault({ workload: plan.id, server, reason: wrong })
    return
  }
  const tell = (column: string, value: number): void => { bench.tell({ workload: plan.id, server, column, value }) }
  if (running !== undefined && connections === plan.connections[0]) {
    tell(COLUMNS.cpu, used / result.requests)
    tell(COLUMNS.memory, residentMiB(running.pid))
  }
  tell(COLUMNS.rate(connections), result.requests / result.micros * 1e6)
  tell(COLUMNS.p50(connections), result.p50)
  tell(COLUMNS.p99(connections), result.p99)
}

/** Writes the body where wrk can read it. */
function requestOf ({ method, status, body }: Pick<LoadPlan, 'method' | 'status' | 'body'>, folder: string): Pick<Load, 'method' | 'status' | 'body'> {
  if (body === undefined) return { method, status, body: undefined }
  const file = join(mkdtempSync(join(folder, 'body-')), 'body')
  writeFileSync(file, body.content)
  return { method, status, body: { file, type: body.type } }
}

function addressOf ({ path, tls }: Pick<LoadPlan, 'path' | 'tls'>, running: Running | undefined, { ports }: Upstream): Pick<Load, 'url' | 'key'> {
  if (running !== undefined) return { url: `http://127.0.0.1:${running.port}${tls === true ? '/tls' : ''}${path}`, key: CLIENTS_KEY }
  return { url: tls === true ? `https://127.0.0.1:${ports.tls}${path}` : `http://127.0.0.1:${ports.main}${path}`, key: KEYS.main }
}

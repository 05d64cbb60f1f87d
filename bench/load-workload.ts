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
import { OURS } from './workload.ts'
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
}

/**
 * Of small requests, whatever is measured then: until V8 has compiled what all requests need. Of large ones there are only
 * some hundred in a second, so with them it would take a minute.
 */
const WARM_UP_SECONDS = 4
const WARM_UP_CONNECTIONS = 64
/** Then of its own: what only such requests need is compiled, too. */
const LEAD_SECONDS = 4
/** Before another number of connections. */
const PAUSE_SECONDS = 1
/** A client that thinks it must send one; it must not get through. */
const CLIENTS_KEY = 'your-api-key'

export function loadWorkload (plan: LoadPlan): Workload {
  return { id: plan.id, title: plan.title, run: (bench) => run(plan, bench) }
}

async function run (plan: LoadPlan, bench: Bench): Promise<void> {
  const { id, connections: counts, body } = plan
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-bench-'))
  const file = join(folder, 'body')
  const smallFile = join(folder, 'small')
  writeFileSync(smallFile, SMALL_BODY)
  if (body !== undefined) writeFileSync(file, body.content)
  try {
    // New processes in each round: how V8 compiles a program differs from start to start, and stays for as long as it lives.
    for (let round = 1; round <= bench.rounds; round++) {
      await withServers(bench, id, bench.upstream, async (running) => {
        for (const process of running.values()) {
          if (process === undefined) continue
          const place = addressOf({ ...plan, path: SMALL_PATH }, process, bench.upstream)
          await load({ ...place, connections: WARM_UP_CONNECTIONS, method: 'POST', seconds: WARM_UP_SECONDS, body: { file: smallFile, type: 'application/json' } })
        }
        for (const connections of counts) {
          for (const [server, process] of running) {
            await measure(plan, bench, server, process, {
              ...addressOf(plan, process, bench.upstream), connections, method: plan.method, status: plan.status, seconds: bench.seconds,
              body: body === undefined ? undefined : { file, type: body.type }
            })
          }
        }
      })
      bench.say(`${id}: round ${round} of ${bench.rounds}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure (plan: LoadPlan, bench: Bench, server: string, running: Running | undefined, asked: Load): Promise<void> {
  const { connections } = asked
  if (server === OURS && plan.ourHeader !== undefined && !(await fetch(asked.url)).headers.has(plan.ourHeader)) {
    bench.fault({ workload: plan.id, server, reason: `answers lack ${plan.ourHeader}` })
  }
  await load({ ...asked, seconds: connections === plan.connections[0] ? LEAD_SECONDS : PAUSE_SECONDS })
  const before = running === undefined ? 0 : cpuMicros(running.pid)
  const result = await load(asked)
  const used = running === undefined ? 0 : cpuMicros(running.pid) - before
  const wrong = wrongWith(result, plan.answer ?? 0)
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

function addressOf ({ path, tls }: Pick<LoadPlan, 'path' | 'tls'>, running: Running | undefined, { ports }: Upstream): Pick<Load, 'url' | 'key'> {
  if (running !== undefined) return { url: `http://127.0.0.1:${running.port}${tls === true ? '/tls' : ''}${path}`, key: CLIENTS_KEY }
  return { url: tls === true ? `https://127.0.0.1:${ports.tls}${path}` : `http://127.0.0.1:${ports.main}${path}`, key: KEYS.main }
}

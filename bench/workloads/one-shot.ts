// W6: scripts that call curl. Each call is a connection of its own, to an upstream that is 40 ms away and speaks TLS: directly
// that is three round trips, through a proxy that keeps a connection warm it is one.

import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { KEYS } from '../../test/conformance/case.ts'
import type { Running } from '../../test/conformance/target.ts'
import { ONE_SHOT } from '../columns.ts'
import { SMALL_BODY } from '../payloads.ts'
import { startRelay } from '../relay.ts'
import { withServers } from '../servers.ts'
import type { Upstream } from '../upstream.ts'
import type { Workload } from '../workload.ts'

const ID = 'W6'
/** For connections that are opened at the start. */
const SETTLE_MS = 1000
const CALLS = 15
const BURSTS = 3
const BURST = 8
/** Until a call is taken for hung. */
const PATIENCE_MS = 10_000

export const oneShot: Workload = {
  id: ID,
  title: 'one-shot clients, TLS upstream 40 ms away',
  async run (bench) {
    for (let round = 1; round <= bench.rounds; round++) {
      const relay = await startRelay(bench.upstream.ports.tls)
      const upstream = { ...bench.upstream, ports: { ...bench.upstream.ports, tls: relay.port } }
      try {
        await withServers(bench, ID, upstream, async (running) => {
          await pause(SETTLE_MS)
          for (const [server, process] of running) {
            const call = (): Promise<number> => callOnce(process, upstream)
            const tell = (column: string) => (value: number): void => { bench.tell({ workload: ID, server, column, value }) }
            try {
              const first = await call()
              for (let at = 0; at < CALLS; at++) tell(ONE_SHOT.median)(await call())
              tell(ONE_SHOT.first)(first)
              for (let at = 0; at < BURSTS; at++) (await Promise.all(Array.from({ length: BURST }, call))).forEach(tell(ONE_SHOT.burst))
            } catch (error) {
              bench.fault({ workload: ID, server, reason: (error as Error).message })
            }
          }
        })
      } finally {
        await relay.close()
      }
      bench.say(`${ID}: round ${round} of ${bench.rounds}`)
    }
  }
}

/** @returns Milliseconds from before the connection until the whole answer is there. @throws Error for a wrong answer. */
function callOnce (running: Running | undefined, { ports, authority }: Upstream): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const common = { host: '127.0.0.1', method: 'POST', agent: false as const, signal: AbortSignal.timeout(PATIENCE_MS) }
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(SMALL_BODY), connection: 'close' }
    const request = running === undefined
      ? httpsRequest({ ...common, port: ports.tls, path: '/runs', ca: authority, headers: { ...headers, 'x-api-key': KEYS.main } })
      : httpRequest({ ...common, port: running.port, path: '/tls/runs', headers })
    request.once('error', reject)
    request.once('response', (answer) => {
      if (answer.statusCode !== 202) reject(new Error(`status ${answer.statusCode ?? 0}`))
      answer.resume().once('end', () => { resolve(performance.now() - began) }).once('error', reject)
    })
    request.end(SMALL_BODY)
  })
}

// Memory: idle, after a few requests, and with a body of 1 GiB on its way.

import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Running, Target } from '../../test/conformance/target.ts'
import { runProgram } from '../../test/conformance/targets/run-program.ts'
import { freePort } from '../../test/support/free-port.ts'
import { MEMORY } from '../columns.ts'
import { forgetPeak, peakMiB, residentMiB } from '../cpu.ts'
import { startServer, withServers } from '../servers.ts'
import { NODE_HTTP } from '../workload.ts'
import type { Bench, Workload } from '../workload.ts'

const ID = 'memory'
const SETTLE_MS = 1000
const SMALL_REQUESTS = 50
const PIECE = Buffer.alloc(256 * 1024, 'x')
const GIB = 1024 ** 3
const PATIENCE_MS = 60_000

const nodeHttp: Target = {
  name: NODE_HTTP,
  version: () => process.versions.node,
  async start (_places, { before } = {}) {
    const port = await freePort()
    return await runProgram({
      files: {}, command: [process.execPath, '-e', `require('node:http').createServer((_, answer) => answer.end()).listen(${port}, '127.0.0.1')`], before, port
    })
  }
}

export const memory: Workload = {
  id: ID,
  title: 'memory, idle after the start; and at most, above that after 50 requests, while 1 GiB is sent',
  async run (bench) {
    for (let round = 1; round <= bench.rounds; round++) {
      const plain = await startServer(nodeHttp, bench.upstream)
      try {
        await withServers(bench, ID, bench.upstream, async (running) => {
          await pause(SETTLE_MS)
          for (const [server, { pid }] of [...present(running), [NODE_HTTP, plain] as const]) tell(bench, server, MEMORY.idle, residentMiB(pid))
          for (const [server, process] of present(running)) {
            await largeBody(process)
              .then((above) => { tell(bench, server, MEMORY.large, above) }, (error: unknown) => { bench.fault({ workload: ID, server, reason: (error as Error).message }) })
          }
        })
      } finally {
        await plain.stop()
      }
      bench.say(`${ID}: round ${round} of ${bench.rounds}`)
    }
  }
}

/** Sends 1 GiB. @returns MiB above the idle server that has served a few requests. @throws Error if it does not arrive whole. */
export async function largeBody ({ port, pid }: Running): Promise<number> {
  for (let at = 0; at < SMALL_REQUESTS; at++) await send(port, 1)
  await pause(SETTLE_MS)
  const idle = residentMiB(pid)
  forgetPeak(pid)
  await send(port, GIB)
  return peakMiB(pid) - idle
}

function send (port: number, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1', port, method: 'POST', path: '/eu/sink', signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { 'content-type': 'application/octet-stream', 'content-length': bytes }
    })
    outgoing.once('error', reject).once('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => { text += piece }).once('error', reject)
      answer.once('end', () => {
        if (text === JSON.stringify({ bytes })) resolve()
        else reject(new Error(`status ${answer.statusCode ?? 0} for a body of ${bytes} bytes`))
      })
    })
    let sent = 0
    const more = (): void => {
      while (sent < bytes) {
        const piece = PIECE.subarray(0, bytes - sent)
        sent += piece.length
        if (!outgoing.write(piece)) { outgoing.once('drain', more); return }
      }
      outgoing.end()
    }
    more()
  })
}

function present (running: ReadonlyMap<string, Running | undefined>): readonly (readonly [string, Running])[] {
  return [...running].flatMap(([server, process]) => process === undefined ? [] : [[server, process] as const])
}

function tell (bench: Bench, server: string, column: string, value: number): void {
  bench.tell({ workload: ID, server, column, value })
}

import t from 'tap'
import { readFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import { request } from 'undici'
import { startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB
/** Resident memory above that of the idle proxy. */
const ALLOWED_MIB = 60
const PIECE = Buffer.alloc(256 * 1024, 'x')

/** Writes a gigabyte as fast as it is taken. */
function pour (into: Writable): void {
  let sent = 0
  const more = (): void => {
    while (sent < GIB) {
      sent += PIECE.length
      if (!into.write(PIECE)) { into.once('drain', more); return }
    }
    into.end()
  }
  more()
}

async function residentMiB (pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

t.test('memory does not grow with the size of a body', { skip: process.platform === 'linux' ? false : 'reads /proc' }, async (t) => {
  const received: number[] = []
  const upstream = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') {
      if (request.url === '/counted') response.setHeader('content-length', GIB)
      if (request.url?.startsWith('/small') === true) response.end('small')
      else pour(response)
      return
    }
    let size = 0
    request.on('data', (chunk: Buffer) => { size += chunk.length }).once('end', () => { received.push(size); response.end('ok') })
  })
  t.teardown(() => { upstream.close(); upstream.closeAllConnections() })
  await new Promise<void>((resolve) => { upstream.listen(0, '127.0.0.1', resolve) })
  const program = await startProgram(t, [], {
    env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` }
  })
  for (let i = 0; i < 50; i++) await (await request(`${program.url}/small/${i}`)).body.dump()
  const idle = await residentMiB(program.pid)
  let peak = 0
  const sampler = setInterval(() => { void residentMiB(program.pid).then((now) => { peak = Math.max(peak, now) }, () => { /* it has ended */ }) }, 20)
  t.teardown(() => { clearInterval(sampler) })
  const report = (what: string): void => {
    t.ok(peak > 0 && peak < idle + ALLOWED_MIB, what)
    t.comment(`${what}: idle ${idle.toFixed()} MiB, peak ${peak.toFixed()} MiB`)
    peak = 0
  }

  for (const path of ['counted', 'chunked']) {
    let size = 0
    for await (const chunk of (await request(`${program.url}/${path}`)).body) size += (chunk as Buffer).length
    t.equal(size, GIB)
    report(`download of 1 GiB, ${path}`)
  }
  for (const headers of [{ 'content-length': GIB }, { 'transfer-encoding': 'chunked' }]) {
    const status = await new Promise((resolve, reject) => {
      const client = httpRequest(`${program.url}/upload`, { method: 'POST', headers }, (answer) => { answer.resume().once('end', () => { resolve(answer.statusCode) }) })
      client.once('error', reject)
      pour(client)
    })
    t.equal(status, 200)
    t.equal(received.at(-1), GIB)
    report(`upload of 1 GiB, ${Object.keys(headers).join()}`)
  }
  clearInterval(sampler)
})

// Clients that stop reading their answer: one that never reads on is cut, one that is slow or merely has
// nothing to read is not.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import type { Test } from 'tap'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { rawRequest } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const PATIENCE = 20_000
/** Until a reader is cut: a busy kernel makes room in small steps for a while, and each counts as bytes taken. */
const LONG_PATIENCE = 45_000
const MIB = 1024 * 1024

/** An upstream whose answers have no end; `poured` counts what was taken of them. */
async function startPouring (t: Test): Promise<{ readonly proxy: TestProxy, readonly poured: () => number, readonly asked: () => number, readonly open: ReadonlySet<ServerResponse> }> {
  let poured = 0
  let asked = 0
  const piece = Buffer.alloc(64 * 1024, 'x')
  const open = new Set<ServerResponse>()
  const upstream = await startUpstream(t, {
    listener: (_request, response) => {
      asked++
      open.add(response)
      const more = (): void => {
        while (!response.destroyed) {
          poured += piece.length
          if (!response.write(piece)) break
        }
      }
      response.on('drain', more).once('close', () => { open.delete(response) })
      more()
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_IDLE: '2s' } })
  return { proxy, poured: () => poured, asked: () => asked, open }
}

/** Sends a request and reads nothing. */
function ask (t: Test, port: number, bytes: string): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  t.teardown(() => { socket.destroy() })
  socket.on('error', () => {}).pause()
  socket.write(bytes)
  return socket
}

t.test('a client that never reads on holds little memory, and is cut', async (t) => {
  // How it works: ask for endless answers and read none of them; each holds a request of LangSmith's open.
  const { proxy, poured, asked, open } = await startPouring(t)
  for (let i = 0; i < 5; i++) ask(t, proxy.port, rawRequest('GET', '/export'))
  await until(() => asked() === 5, 'all have begun', PATIENCE)

  await until(() => open.size === 0, 'all are cut', LONG_PATIENCE)

  t.ok(poured() < 5 * 32 * MIB, `the upstream was held back: ${Math.round(poured() / MIB)} MiB of 5 endless answers, nearly all of it in the system's buffers`)
  await until(() => proxy.events.filter(({ event }) => event === 'request.aborted').length === 5, 'each is reported', PATIENCE)
  t.match(await proxy.eventOf('request.aborted'), { by: 'client', reason: 'CLIENT_STALLED', status: 200 })
  t.equal(await proxy.proxy.drain('test'), 0)
})

t.test('a cut answer without length or chunks is reset, so that it does not look complete', async (t) => {
  const { proxy, asked, open } = await startPouring(t)
  // Byte by byte, because libuv takes a hang-up after a read that did not fill its buffer for an end.
  const client = connect({ port: proxy.port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(1), callback: () => true } })
  t.teardown(() => { client.destroy() })
  client.pause().write('GET /export HTTP/1.0\r\nHost: localhost\r\n\r\n')
  await until(() => asked() === 1, 'it has begun', PATIENCE)
  await until(() => open.size === 0, 'it is cut', LONG_PATIENCE)
  const failed = once(client, 'end').then(() => 'ended', (error: unknown) => (error as NodeJS.ErrnoException).code)
  client.resume()
  t.equal(await failed, 'ECONNRESET')
})

t.test('a client that pipelines and reads nothing is cut, too', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.end(Buffer.alloc(MIB)) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_IDLE: '2s' } })
  ask(t, proxy.port, rawRequest('GET', '/runs').repeat(30))
  await until(() => proxy.events.some((event) => event.event === 'request.aborted' && event.reason === 'CLIENT_STALLED'), 'it is cut', PATIENCE)
  t.ok(upstream.received.length < 30, 'what waits behind an answer that is not read')
  t.equal(await proxy.proxy.drain('test'), 0, 'nothing is left under way')
})

t.test('a slow reader and a quiet stream are not cut', async (t) => {
  const upstream = await startUpstream(t, {
    listener: (request, response) => {
      if (request.url === '/large') {
        response.end(Buffer.alloc(32 * MIB))
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      let sent = 0
      const timer = setInterval(() => { // quiet for longer than the proxy looks at a reader, and less than an upstream may be
        response.write(`data: ${++sent}\n\n`)
        if (sent === 4) { clearInterval(timer); response.end() }
      }, 1700)
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_IDLE: '4s' } })
  const stream = ask(t, proxy.port, rawRequest('GET', '/events', ['Connection: close']))
  let events = ''
  stream.on('data', (piece: Buffer) => { events += piece.toString() }).resume()

  const slow = ask(t, proxy.port, rawRequest('GET', '/large', ['Connection: close']))
  let size = 0
  slow.on('data', (piece: Buffer) => { // some megabytes at a time, with pauses that add up to twice the limit
    const steps = Math.floor(size / (4 * MIB))
    size += piece.length
    if (Math.floor(size / (4 * MIB)) === steps) return
    slow.pause()
    setTimeout(() => { slow.resume() }, 1000)
  })
  slow.resume()
  await until(() => slow.closed && stream.closed, 'both end', PATIENCE)
  t.ok(size > 32 * MIB, 'all of a large answer')
  t.match(events, /data: 4\n/)
})

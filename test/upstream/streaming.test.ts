// Both bodies stream: each piece at once, no more than a little in between, and a slow side slows down
// the other.

import t from 'tap'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { startProxy } from '../support/proxy.ts'
import { rawRequest } from '../support/raw.ts'
import { until } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const MIB = 1024 * 1024
/** What may be on its way between a fast side and one that stands still: buffers of two kernels and of the proxy. */
const IN_BETWEEN = 32 * MIB

t.test('the head of a stream arrives before its first piece, and each piece at once', async (t) => {
  let stream: ServerResponse | undefined
  const upstream = await startUpstream(t, {
    listener (_request, response) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      stream = response
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await request(`${proxy.url}/runs/stream`, { method: 'POST', body: '{}' })

  t.match(answer.headers, { 'content-type': 'text/event-stream', 'x-langsmith-proxy': 'upstream' })
  let got = ''
  answer.body.on('data', (piece: Buffer) => { got += piece.toString() })
  for (const piece of ['data: 1\n\n', 'data: 2\n\n', ': ping\n\n']) {
    const before = got
    stream?.write(piece)
    await until(() => got === before + piece, piece)
  }
  stream?.end()
  await until(() => answer.body.readableEnded, 'the end')
})

t.test('a stream may last longer than the idle time, as long as pieces come', async (t) => {
  const pieces = 12
  const upstream = await startUpstream(t, {
    answer (_request, response) {
      let sent = 0
      const timer = setInterval(() => {
        response.write('data: x\n\n')
        if (++sent < pieces) return
        clearInterval(timer)
        response.end()
      }, 200)
      response.once('close', () => { clearInterval(timer) })
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_IDLE: '1s', LANGSMITH_PROXY_TIMEOUTS_FIRST_BYTE: '1s' } })

  t.equal((await (await request(`${proxy.url}/stream`)).body.text()).length, pieces * 'data: x\n\n'.length)
})

t.test('an upload may last longer than its idle time, as long as pieces come', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response, body) => { response.end(String(body.length)) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '1s', LANGSMITH_PROXY_TIMEOUTS_FIRST_BYTE: '1s' } })

  const upload = new PassThrough()
  const answer = request(`${proxy.url}/runs`, { method: 'POST', body: upload })
  for (let sent = 0; sent < 10; sent++) {
    upload.write('x')
    await delay(150)
  }
  upload.end()
  t.equal(await (await answer).body.text(), '10')
})

t.test('a client that does not read holds the upstream back', async (t) => {
  let sent = 0
  const upstream = await startUpstream(t, {
    listener (_request, response) {
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (sent < 256 * MIB) {
          sent += piece.length
          if (!response.write(piece)) { response.once('drain', more); return }
        }
        response.end()
      }
      more()
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  t.teardown(() => { client.destroy() })
  client.pause().write(rawRequest('GET', '/runs', ['Connection: close']))

  await until(() => sent > 0, 'the beginning')
  let before = -1
  while (before !== sent) { before = sent; await delay(300) }
  t.ok(sent < IN_BETWEEN, `${sent} bytes`)

  let received = 0
  client.on('data', (chunk: Buffer) => { received += chunk.length }).on('error', () => {}).resume()
  await until(() => received > 256 * MIB, 'all of it, once the client reads', 20_000)
})

t.test('an upstream that does not read holds the client back, and the client is not blamed for it', async (t) => {
  let upload: IncomingMessage | undefined
  const total = 128 * MIB
  const upstream = await startUpstream(t, { listener: (request) => { upload = request } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '300ms' } })
  let sent = 0
  const piece = Buffer.alloc(64 * 1024)
  const client = httpRequest(`${proxy.url}/runs`, { method: 'POST', headers: { 'content-length': total } })
  const answered = new Promise<number | undefined>((resolve) => { client.once('response', (answer) => { answer.resume(); resolve(answer.statusCode) }).once('error', () => { resolve(undefined) }) })
  const more = (): void => {
    while (sent < total) {
      sent += piece.length
      if (!client.write(piece)) { client.once('drain', more); return }
    }
    client.end()
  }
  more()

  await until(() => upload !== undefined, 'the request')
  let before = -1
  while (before !== sent) { before = sent; await delay(500) }
  t.ok(sent < IN_BETWEEN, `${sent} bytes`)

  let received = 0
  upload?.on('data', (chunk: Buffer) => { received += chunk.length }).once('end', () => {
    (upload as IncomingMessage & { res?: ServerResponse }).socket.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
  })
  t.equal(await answered, 201)
  t.equal(received, total)
})

t.test('a client that sent everything is not blamed for an upstream that reads it late', async (t) => {
  const upstream = await startUpstream(t, { listener: (request, response) => { setTimeout(() => { request.resume().once('end', () => { response.end('late') }) }, 1500) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '200ms' } })

  for (const size of [10, 100_000, 6 * MIB]) {
    const answer = await request(`${proxy.url}/runs`, { method: 'POST', body: Buffer.alloc(size) })
    t.equal(answer.statusCode, 200)
    t.equal(await answer.body.text(), 'late')
  }
})

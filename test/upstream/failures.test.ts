import t from 'tap'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { failureOf } from '../../src/upstream/failures.ts'
import { EgressError } from '../../src/upstream/tunnel.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { rawAnswer, startRawUpstream, until } from '../support/raw-upstream.ts'
import type { RawListener } from '../support/raw-upstream.ts'

// Times of undici are exact to about half a second.
const SHORT = { LANGSMITH_PROXY_TIMEOUTS_CONNECT: '300ms', LANGSMITH_PROXY_TIMEOUTS_FIRST_BYTE: '300ms', LANGSMITH_PROXY_TIMEOUTS_IDLE: '300ms' }

async function unusedPort (): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
  return port
}

t.test('an upstream that cannot be reached is 502 at once, for bodies too, and other routes go on', async (t) => {
  const alive = await startRawUpstream(t, { onRequest: (socket) => { socket.write(rawAnswer('200 OK', 'ok')) } })
  const proxy = await startProxy(t, {
    routes: [
      { prefix: '/', upstream: `http://127.0.0.1:${await unusedPort()}` },
      { prefix: '/nowhere', upstream: 'http://no-such-name.invalid' },
      { prefix: '/alive', upstream: alive.url }
    ]
  })
  const cases = [
    { path: '/runs', body: null, reason: 'ECONNREFUSED' },
    { path: '/runs', body: 'x'.repeat(300_000), reason: 'ECONNREFUSED' },
    { path: '/nowhere/runs', body: null, reason: /ENOTFOUND|EAI_AGAIN/ }
  ]
  for (const { path, body, reason } of cases) {
    const answer = await request(proxy.url + path, { method: body === null ? 'GET' : 'POST', body })
    t.equal(answer.statusCode, 502)
    t.equal(answer.headers['x-langsmith-proxy'], 'proxy; code=upstream-unreachable')
    const text = await answer.body.text()
    t.match(JSON.parse(text), { code: 'upstream-unreachable', requestId: String })
    t.notMatch(text, /127\.0\.0\.1|no-such-name/, 'the address stays inside')
    t.ok(proxy.events.some((event) => event.event === 'upstream.failed' && (typeof reason === 'string' ? event.reason === reason : reason.test(event.reason))))
  }
  t.equal((await request(`${proxy.url}/alive/runs`)).statusCode, 200)
  t.equal(proxy.events.filter(({ event }) => event === 'upstream.retried').length, 0, 'what was never reached is not tried again')
})

t.test('an address that has https:// and speaks plain http is told apart from a bad certificate, under each name for it', async (t) => {
  const errorOf = (code: string, message: string): Error => Object.assign(new Error(message), { code })
  const plain = [
    errorOf('ERR_SSL_WRONG_VERSION_NUMBER', ''), errorOf('ERR_SSL_PACKET_LENGTH_TOO_LONG', ''),
    errorOf('EPROTO', 'write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number')
  ]
  for (const error of plain) {
    t.match(failureOf(error, false), { code: 'upstream-tls', detail: /^the upstream does not speak TLS there/, hint: 'should its address start with http:// ?' })
    const egress = failureOf(new EgressError(undefined, error), false)
    t.match(egress, { code: 'upstream-tls', detail: /^the egress proxy .* does not speak TLS there/, hint: /HTTPS_PROXY start with http/ })
  }
  t.match(failureOf(errorOf('EPROTO', 'handshake failure'), false), { code: 'upstream-tls', detail: /^the certificate/ })
})

t.test('a connection that never comes about is 504', async (t) => {
  const upstream = await startRawUpstream(t, {}) // takes the connection and never begins TLS
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url.replace('http:', 'https:') }], env: SHORT })

  const answer = await request(`${proxy.url}/runs`)

  t.equal(answer.statusCode, 504)
  t.match(await answer.body.json(), { code: 'upstream-timeout' })
  t.match(await proxy.eventOf('upstream.failed'), { reason: 'UND_ERR_CONNECT_TIMEOUT' })
  await until(() => upstream.sockets.every(({ destroyed }) => destroyed), 'the connection closed')
})

t.test('an upstream that does not answer is 504, and its connection is closed', async (t) => {
  const upstream = await startRawUpstream(t, {})
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: SHORT })

  for (const body of [null, 'x']) {
    const answer = await request(`${proxy.url}/runs`, { method: body === null ? 'GET' : 'POST', body })
    t.equal(answer.statusCode, 504)
    t.match(await answer.body.json(), { code: 'upstream-timeout' })
  }
  t.equal(upstream.heads.length, 2, 'a timeout is not tried again')
  await until(() => upstream.sockets.every(({ destroyed }) => destroyed), 'both connections closed')
})

const NO_ANSWER: readonly { readonly name: string, readonly act: RawListener }[] = [
  { name: 'resets before the head', act: (socket) => { socket.resetAndDestroy() } },
  { name: 'closes before the head', act: (socket) => { socket.destroy() } },
  { name: 'closes inside the head', act: (socket) => { socket.end('HTTP/1.1 200 OK\r\nContent-Le') } },
  { name: 'sends garbage', act: (socket) => { socket.write('\x00\x01\x02 no http\r\n\r\n') } },
  { name: 'speaks SSH', act: (socket) => { socket.write('SSH-2.0-OpenSSH_9.6\r\n') } },
  { name: 'has a bad status', act: (socket) => { socket.write('HTTP/1.1 2x0 OK\r\n\r\n') } },
  { name: 'has a bad header name', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n') } },
  { name: 'has a bare CR in a value', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nX-A: 1\rX-B: 2\r\nContent-Length: 0\r\n\r\n') } },
  { name: 'has a NUL in a value', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nX-A: 1\x002\r\nContent-Length: 0\r\n\r\n') } },
  { name: 'has two lengths', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello') } },
  { name: 'has the same length twice', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello') } },
  { name: 'has a list of lengths', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello') } },
  { name: 'has a negative length', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello') } },
  { name: 'has a length and chunks', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n') } },
  { name: 'has chunks and a length', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n5\r\nhello\r\n0\r\n\r\n') } },
  { name: 'has a transfer encoding besides chunked', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n') } },
  { name: 'has an unknown transfer encoding', act: (socket) => { socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n') } },
  { name: 'has chunked twice', act: (socket) => { socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n') } },
  { name: 'has a head past 32 KiB', act: (socket) => { socket.write(`HTTP/1.1 200 OK\r\nX-Large: ${'a'.repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`) } },
  { name: 'has thousands of headers', act: (socket) => { socket.write(`HTTP/1.1 200 OK\r\n${'X-Many: 1\r\n'.repeat(6000)}Content-Length: 0\r\n\r\n`) } },
  { name: 'asks for 100 again', act: (socket) => { socket.write(`HTTP/1.1 100 Continue\r\n\r\n${rawAnswer('200 OK', 'ok')}`) } },
  { name: 'switches protocols', act: (socket) => { socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi') } },
  { name: 'switches protocols without a word', act: (socket) => { socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n') } }
]

for (const { name, act } of NO_ANSWER) {
  t.test(`an upstream that ${name}: 502, and the proxy serves on`, async (t) => {
    let calm = false
    const upstream = await startRawUpstream(t, { onRequest: (socket, head, nth) => { if (calm) socket.write(rawAnswer('200 OK', 'calm')); else act(socket, head, nth) } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: SHORT })

    const answer = await request(`${proxy.url}/runs`, { method: 'POST', body: 'x' })

    t.equal(answer.statusCode, 502)
    t.match(await answer.body.json(), { code: 'upstream-protocol' })
    t.equal(upstream.heads.length, 1)
    t.match(await proxy.eventOf('upstream.failed'), { code: 'upstream-protocol' })
    calm = true
    t.equal(await (await request(`${proxy.url}/runs`)).body.text(), 'calm')
    t.notMatch(proxy.rawLog(), TEST_KEY)
  })
}

t.test('an endless head is cut off at its limit', async (t) => {
  let sent = 0
  const upstream = await startRawUpstream(t, {
    onRequest (socket) {
      socket.write('HTTP/1.1 200 OK\r\n')
      const line = `X-More: ${'a'.repeat(1000)}\r\n`
      const timer = setInterval(() => { if (!socket.destroyed) sent += line.length; socket.write(line) }, 1)
      socket.once('close', () => { clearInterval(timer) })
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await request(`${proxy.url}/runs`, { method: 'POST' })

  t.equal(answer.statusCode, 502)
  await until(() => upstream.sockets.every(({ destroyed }) => destroyed), 'the connection closed')
  t.ok(sent < 200_000, `${sent} bytes`)
})

// A body that breaks off must not look like a whole one: not to a client that counts, not to one that
// reads chunks, and not to one of HTTP/1.0 that reads to the end of the connection.
const CUTS: readonly { readonly name: string, readonly head: string, readonly body: string, readonly end?: (socket: Parameters<RawListener>[0]) => void }[] = [
  { name: 'a length, then a close', head: 'Content-Length: 10', body: 'hello', end: (socket) => { socket.end() } },
  { name: 'a length, then a reset', head: 'Content-Length: 10', body: 'hello', end: (socket) => { socket.resetAndDestroy() } },
  { name: 'a length, then silence', head: 'Content-Length: 10', body: 'hello' },
  { name: 'chunks, then a close', head: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n', end: (socket) => { socket.end() } },
  { name: 'chunks, then a reset', head: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n', end: (socket) => { socket.resetAndDestroy() } },
  { name: 'chunks, then silence', head: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n' },
  { name: 'chunks, then a bad one', head: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n', end: (socket) => { socket.write('zz\r\n') } },
  { name: 'chunks without the last one', head: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n0\r\n', end: (socket) => { socket.end() } },
  { name: 'no length, then silence', head: 'Connection: close', body: 'hello' },
  { name: 'no length, then a reset', head: 'Connection: close', body: 'hello', end: (socket) => { socket.resetAndDestroy() } }
]

for (const { name, head, body, end } of CUTS) {
  t.test(`an answer of ${name}, is cut and never looks complete`, async (t) => {
    const upstream = await startRawUpstream(t, {
      onRequest (socket) {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`)
        setTimeout(() => { end?.(socket) }, 100)
      }
    })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: SHORT })

    for (const version of ['1.1', '1.0']) {
      const answer = await sendRaw(proxy.port, rawRequest('POST', '/runs', ['Content-Length: 0']).replace('HTTP/1.1', `HTTP/${version}`), 3000)
      t.equal(answer.status, 200)
      const counted = answer.text.includes('Content-Length: 10')
      const chunked = answer.text.includes('Transfer-Encoding: chunked')
      t.ok(counted || chunked || answer.reset, `a client of HTTP/${version} sees the cut`)
      t.notMatch(answer.text, /0\r\n\r\n$|problem|upstream-/, 'no end and no text of ours after the beginning')
    }
    t.match(await proxy.eventOf('request.aborted'), { by: 'upstream', status: 200, bytes_out: 5 })
  })
}

// Each interim answer starts the wait for the real one anew, so an upstream could hold a request for ever.
t.test('an upstream that sends interim answers without end is 502', async (t) => {
  const upstream = await startRawUpstream(t, {
    onRequest (socket) {
      const timer = setInterval(() => { socket.write('HTTP/1.1 103 Early Hints\r\n\r\n') }, 2)
      socket.once('close', () => { clearInterval(timer) })
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await request(`${proxy.url}/runs`)

  t.equal(answer.headers['x-langsmith-proxy'], 'proxy; code=upstream-protocol')
  t.match(await proxy.eventOf('upstream.failed'), { reason: 'TOO_MANY_1XX' })
  t.equal(upstream.heads.length, 1, 'it was sent once')
})

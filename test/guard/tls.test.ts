// The listener with TLS: what it does not speak, and that everything which hangs on connections holds over TLS as it does
// without: the guard, turns, limits, cuts, half-open clients and the end.

import { once } from 'node:events'
import { request as requestSecure } from 'node:https'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { selfSigned } from '../support/certificates.ts'
import type { Certificate } from '../support/certificates.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { startRawUpstream, until } from '../support/raw-upstream.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { connectSecurely, secureFiles, sendSecurely } from '../support/secure.ts'
import { startUpstream } from '../support/upstream.ts'
import type { Upstream, UpstreamOptions } from '../support/upstream.ts'

const PATIENCE = 20_000
/** Until a reader is cut: a busy kernel makes room in small steps for a while. */
const LONG_PATIENCE = 45_000
const CLOSE = ['Connection: close']

interface Stage { readonly proxy: TestProxy, readonly upstream: Upstream, readonly pair: Certificate }

async function stage (t: Test, env: Readonly<Record<string, string>> = {}, options: UpstreamOptions = {}): Promise<Stage> {
  const upstream = await startUpstream(t, options)
  const pair = selfSigned()
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { ...secureFiles(t, pair).env, ...env } })
  return { proxy, upstream, pair }
}

/** The error of a handshake that must fail. */
function failureOf (socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? error.message) })
    socket.once('secureConnect', () => { reject(new Error('it was taken')) })
  })
}

t.test('plain http gets an end at once, nothing goes upstream, and the log says what is wrong, once', async (t) => {
  const { proxy, upstream } = await stage(t)
  for (let i = 0; i < 5; i++) {
    const began = performance.now()
    const answer = await sendRaw(proxy.port, rawRequest('GET', '/runs'), PATIENCE)
    t.notMatch(answer.text, /^HTTP/)
    t.ok(performance.now() - began < PATIENCE / 2, 'no hang')
  }
  t.match(await proxy.eventOf('request.denied'), { code: 'request-ambiguous', detail: 'this is plain http, but the proxy speaks TLS', hint: /https:\/\// })
  t.equal(proxy.events.filter(({ event }) => event === 'request.denied').length, 1)
  t.equal(upstream.received.length, 0)
})

t.test('old TLS, other protocols and a client that renegotiates get nowhere', async (t) => {
  const { proxy, pair, upstream } = await stage(t)
  const ciphers = 'DEFAULT@SECLEVEL=0'
  t.match(await failureOf(connectSecurely(t, proxy.port, pair, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers })), /PROTOCOL|ALERT/)
  t.match(await failureOf(connectSecurely(t, proxy.port, pair, { ALPNProtocols: ['h2'] })), /ALERT|PROTOCOL/)
  t.match(await failureOf(connectTls({ port: proxy.port, host: '127.0.0.1' })), /SELF_SIGNED/, 'a client that does not trust it')
  await until(() => proxy.events.filter(({ event }) => event === 'request.denied').length === 2, 'what the proxy refuses is reported', PATIENCE)

  const socket = connectSecurely(t, proxy.port, pair, { maxVersion: 'TLSv1.2' })
  await once(socket, 'secureConnect')
  t.equal(socket.getProtocol(), 'TLSv1.2')
  const refused = new Promise<string>((resolve) => {
    socket.on('error', (error: Error) => { resolve(error.message) })
    socket.renegotiate({}, (error: Error | null) => { resolve(error === null ? 'it did' : error.message) })
  })
  t.match(await refused, /renegotiation/i)
  t.equal(upstream.received.length, 0)
})

t.test('TLS 1.2 and 1.3 with HTTP/1.1 are served', async (t) => {
  const { proxy, pair, upstream } = await stage(t)
  t.match(proxy.url, /^https:\/\/127\.0\.0\.1:\d+$/)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = connectSecurely(t, proxy.port, pair, { minVersion: version, maxVersion: version, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect')
    t.equal(socket.getProtocol(), version)
    t.equal(socket.alpnProtocol, 'http/1.1')
    socket.write(rawRequest('GET', '/runs', CLOSE))
    const [piece] = await once(socket, 'data') as [Buffer]
    t.match(piece.toString('latin1'), /^HTTP\/1\.1 200 /)
  }
  t.equal(upstream.received.length, 2)
})

t.test('the guard says the same over TLS as it does without', async (t) => {
  const { proxy, pair } = await stage(t)
  const plain = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:1' }] })
  const denied = [
    rawRequest('GET', '/../runs'), rawRequest('TRACE', '/'), rawRequest('GET', '/runs', ['Origin: https://evil.example']), 'GET /runs HTTP/1.1\r\n\r\n',
    'GET /runs HTTP/1.1\r\nHost: evil.example\r\n\r\n', rawRequest('POST', '/runs', ['Content-Length: 1', 'Transfer-Encoding: chunked'], 'a'),
    'what is this\r\n\r\n', rawRequest('GET', '/runs', [`A: ${'a'.repeat(20_000)}`]), rawRequest('CONNECT', 'a.example:443'), rawRequest('GET', '/-/none'),
    rawRequest('GET', '/runs', ['Connection: upgrade', 'Upgrade: websocket', 'Content-Length: x'])
  ]
  for (const bytes of denied) {
    const [over, without] = [await sendSecurely(t, proxy.port, pair, bytes), await sendRaw(plain.port, bytes)]
    t.ok(without.status >= 400, bytes.slice(0, 30))
    t.match(over, { status: without.status }, bytes.slice(0, 30))
    t.equal(/"code":"([^"]*)/.exec(over.text)?.[1], /"code":"([^"]*)/.exec(without.text)?.[1])
  }
  t.match(await sendSecurely(t, proxy.port, pair, rawRequest('GET', '/-/metrics', CLOSE)), { status: 200 }, 'and this machine is this machine')
})

t.test('pipelined requests take turns, and what follows a broken one is not served', async (t) => {
  const { proxy, pair, upstream } = await stage(t)
  const { text } = await sendSecurely(t, proxy.port, pair, rawRequest('GET', '/first') + rawRequest('GET', '/second') + 'broken\r\n\r\n' + rawRequest('GET', '/third'))
  t.same(upstream.received.map(({ url }) => url), ['/first', '/second'])
  t.same([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status), ['200', '200', '400'])
})

t.test('a handshake that never comes counts as a connection; one more is told why, and pages still answer', async (t) => {
  const { proxy, pair } = await stage(t, { LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS: '10' })
  const held: Socket[] = []
  for (let i = 0; i < 10; i++) {
    const socket = i < 5 ? connect({ port: proxy.port, host: '127.0.0.1' }) : connectSecurely(t, proxy.port, pair)
    t.teardown(() => { socket.destroy() })
    held.push(socket.on('error', () => {}))
    await once(socket, i < 5 ? 'connect' : 'secureConnect')
  }
  t.match(await sendSecurely(t, proxy.port, pair, rawRequest('GET', '/runs')), { status: 503, text: /too many connections are open \(listen\.maxConnections\)/ })
  t.match(await sendSecurely(t, proxy.port, pair, rawRequest('GET', '/-/live')), { status: 200 })
  t.equal(proxy.events.filter((event) => event.event === 'request.denied' && event.method === '?').length, 0, 'each had its answer')
  for (const at of [0, 9]) { // one of each kind
    held[at]?.destroy()
    let status = 503
    for (let i = 0; i < 50 && status !== 200; i++) ({ status } = await sendSecurely(t, proxy.port, pair, rawRequest('GET', '/runs', CLOSE)))
    t.equal(status, 200, 'as soon as there is room, there is service')
  }
})

t.test('a head that never becomes whole ends, and so does a client that closes its side', async (t) => {
  const { proxy, pair } = await stage(t, { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '1s' })
  const slow = connectSecurely(t, proxy.port, pair)
  let text = ''
  slow.on('data', (piece: Buffer) => { text += piece.toString('latin1') }).on('error', () => {})
  slow.write('GET /runs HTTP/1.1\r\nHost: loc')
  const half = connectSecurely(t, proxy.port, pair, { socket: connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }) }).on('error', () => {})
  half.resume().end()
  const inHandshake = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  t.teardown(() => { inHandshake.destroy() })
  inHandshake.resume().end()
  await until(() => slow.closed && half.readableEnded && inHandshake.readableEnded, 'all have ended', PATIENCE)
  t.match(text, /^HTTP\/1\.1 408 /)
})

/** An upstream whose answers have no end. */
function pouring (asked: () => void): UpstreamOptions {
  const piece = Buffer.alloc(64 * 1024, 'x')
  return {
    listener: (_request, response) => {
      asked()
      const more = (): void => { while (!response.destroyed && response.write(piece)) { /* until it is full */ } }
      response.on('drain', more)
      more()
    }
  }
}

t.test('a client that never reads on is cut, with a reset below TLS, and the process lives', async (t) => {
  let asked = 0
  const { proxy, pair } = await stage(t, { LANGSMITH_PROXY_TIMEOUTS_IDLE: '2s' }, pouring(() => { asked++ }))
  const carrier = connect({ port: proxy.port, host: '127.0.0.1' })
  const lazy = connectSecurely(t, proxy.port, pair, { socket: carrier }).on('error', () => {}).pause()
  lazy.write('GET /export HTTP/1.0\r\nHost: localhost\r\n\r\n')
  await until(() => asked === 1, 'it has begun', PATIENCE)
  await until(() => proxy.events.some((event) => event.event === 'request.aborted'), 'it is cut', LONG_PATIENCE)
  t.match(await proxy.eventOf('request.aborted'), { by: 'client', reason: 'CLIENT_STALLED', status: 200 })
  t.match(await sendSecurely(t, proxy.port, pair, rawRequest('GET', '/-/live', CLOSE)), { status: 200 })
  t.equal(await proxy.proxy.drain('test'), 0)
})

t.test('an answer that breaks off without length or chunks is reset, so that it does not look complete', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'); setTimeout(() => { socket.destroy() }, 200) } })
  const pair = selfSigned()
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: secureFiles(t, pair).env })
  t.match(await sendSecurely(t, proxy.port, pair, 'GET /runs HTTP/1.0\r\nHost: localhost\r\n\r\n', PATIENCE), { text: /hello$/, reset: true })
})

t.test('the end: what is under way finishes, silent connections and handshakes do not hold it up', async (t) => {
  let answer = (): void => {}
  const { proxy, pair, upstream } = await stage(t, {}, { answer: (_request, response) => { answer = () => { response.end('done') } } })
  const busy = sendSecurely(t, proxy.port, pair, rawRequest('GET', '/slow'), PATIENCE)
  await until(() => upstream.received.length === 1, 'a request under way', PATIENCE)
  const silent = [connectSecurely(t, proxy.port, pair), connect({ port: proxy.port, host: '127.0.0.1' })]
  for (const socket of silent) { t.teardown(() => { socket.destroy() }); socket.on('error', () => {}).resume() }
  await once(silent[0] ?? busy as never, 'secureConnect')
  const [, , half] = [...silent, connect({ port: proxy.port, host: '127.0.0.1' })]
  half?.on('error', () => {}).resume().write(Buffer.from('160301', 'hex')) // the beginning of a handshake
  t.teardown(() => { half?.destroy() })
  await until(() => half?.readyState === 'open', 'it is open', PATIENCE)
  await new Promise((resolve) => { setTimeout(resolve, 100) })
  const drained = proxy.proxy.drain('test')
  await until(() => [...silent, half].every((socket) => socket?.closed === true), 'they are closed', PATIENCE)
  answer()
  t.match(await busy, { status: 200, text: /done$/ })
  t.equal(await drained, 0)
})

t.test('a body is streamed both ways, and a session that is resumed is served', async (t) => {
  const { proxy, pair } = await stage(t, {}, { answer: (_request, response, body) => { response.end(body) } })
  const body = Buffer.alloc(3 * 1024 * 1024, 'abcdefg')
  for (let i = 0; i < 3; i++) {
    const echoed = await new Promise<Buffer>((resolve, reject) => {
      requestSecure(`${proxy.url}/runs`, { method: 'POST', ca: pair.cert }, (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => { pieces.push(piece) }).once('end', () => { resolve(Buffer.concat(pieces)) })
      }).once('error', reject).end(body)
    })
    t.ok(echoed.equals(body))
  }
})

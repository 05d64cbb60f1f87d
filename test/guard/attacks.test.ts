// How callers once crashed, blocked or confused the proxy by what they sent and held open; each failed before its mend.

import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { createAdminListener } from '../../src/admin/listener.ts'
import { startProxy } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const PATIENCE = 20_000

interface Client { readonly socket: Socket, readonly text: () => string }

function open (t: Test, port: number, bytes = ''): Promise<Client> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    socket.on('data', (piece: Buffer) => { text += piece.toString('latin1') })
    t.teardown(() => { socket.destroy() })
    socket.once('connect', () => {
      if (bytes !== '') socket.write(bytes)
      resolve({ socket, text: () => text })
    })
  })
}

const GET = (path: string): string => rawRequest('GET', path)

t.test('a request with a body to a page of the proxy is refused, and no defect', async (t) => {
  const upstream = await startUpstream(t)
  const { port, events } = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  for (const [method, page] of [['POST', '/-/live'], ['PUT', '/-/x'], ['OPTIONS', '/-/refusals'], ['PATCH', '/-/']] as const) {
    for (const lines of [['Content-Length: 2'], ['Content-Length: 2', 'Content-Type: application/json']]) {
      t.match((await sendRaw(port, rawRequest(method, page, ['Connection: close', ...lines], '{}'))).text, /^HTTP\/1\.1 421 [^]*"code":"no-route"/, `${method} ${page}`)
    }
  }
  t.notOk(events.some(({ event }) => event === 'internal.failed'))
})

t.test('CONNECT behind a request neither answers it nor lands in its answer', async (t) => {
  const upstream = await startUpstream(t, {
    listener: ({ url }, response) => {
      if (url === '/begun') response.writeHead(200, { 'content-length': '300' }).write('beginning')
    }
  })
  const { port, eventOf } = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const connectLine = 'CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n'

  const waiting = await open(t, port, GET('/silent') + connectLine)
  await until(() => waiting.socket.closed, 'the connection is closed', PATIENCE)
  t.equal(waiting.text(), '')
  const begun = await open(t, port, GET('/begun'))
  await until(() => begun.text().endsWith('beginning'), 'an answer has begun', PATIENCE)
  begun.socket.write(connectLine)
  await until(() => begun.socket.closed, 'the connection is closed', PATIENCE)
  t.ok(begun.text().endsWith('beginning'))
  t.match(await eventOf('request.denied'), { code: 'method-not-allowed' })
  await until(() => upstream.received.every(({ aborted }) => aborted), 'their requests have ended', PATIENCE)
})

t.test('a client that leaves in the middle of its next request ends the one under way', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  for (const begun of ['G', 'POST /next HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc']) {
    const { socket } = await open(t, port, GET('/silent'))
    const before = upstream.received.length
    await until(() => upstream.received.length > before || upstream.received.at(-1)?.aborted === false, 'it is under way', PATIENCE)
    socket.write(begun)
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    socket.destroy()
    await until(() => upstream.received.at(-1)?.aborted === true, `after ${begun.slice(0, 4)}`, 2000)
  }
  t.equal(upstream.received.length, 2)
})

t.test('with a higher listen.maxInFlight no request waits for a connection to LangSmith', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_MAX_IN_FLIGHT: '2001' } })
  for (let i = 0; i < 2001; i += 87) {
    await Promise.all(Array.from({ length: 87 }, () => open(t, port, GET('/held'))))
    await until(() => upstream.received.length === i + 87, `${i + 87} requests are under way`, PATIENCE)
  }
  t.equal(upstream.received.length, 2001)
})

t.test('requests that wait for their turn are few on all connections together', async (t) => {
  const upstream = await startUpstream(t, { listener: ({ url }, response) => { if (url !== '/held') response.end(url) } })
  const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_MAX_IN_FLIGHT: '50' } })
  const clients = await Promise.all(Array.from({ length: 40 }, () => open(t, port, GET('/held') + GET('/next').repeat(10))))
  await until(() => clients.filter(({ socket }) => !socket.closed).length <= 5, 'five connections have ten each', 5000)
  for (const { socket } of clients) socket.destroy()
  const after = await open(t, port, ['/1', '/2', '/3', '/4'].map(GET).join(''))
  await until(() => after.text().endsWith('/4'), 'then there is room again', PATIENCE)
})

t.test('the health listener takes one request of a connection', async (t) => {
  const { server } = createAdminListener({ started: true, stopping: false, canInject: () => true, keysAccepted: () => true }, { host: '127.0.0.1' })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  const { socket, text } = await open(t, (server.address() as AddressInfo).port, GET('/-/live'))
  await until(() => socket.closed, 'it is closed', 1000)
  t.match(text(), /^HTTP\/1\.1 200 [^]*connection: close[^]*\r\n\r\n[^]*ok\n/i)
})

t.test('as many requests as docs/limits.md says may wait on one connection', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { setTimeout(() => { response.end('.') }, 20) } })
  const { port, eventOf } = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const { text } = await open(t, port, GET('/x').repeat(33))
  await until(() => text().match(/HTTP\/1\.1 200/g)?.length === 33, 'one under way and 32 behind it', 5000)
  const { socket } = await open(t, port, GET('/x').repeat(34))
  await until(() => socket.closed, 'one more is too many', 5000)
  t.match(await eventOf('request.aborted'), { by: 'client', reason: 'CLIENT_PIPELINED' })
})

// The assembly: what holds for the proxy as a whole and for no stage alone.

import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { resolve as resolvePath } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { request as send } from 'undici'
import { createProxy } from '../src/app.ts'
import type { ProxyParts } from '../src/proxy.ts'
import { loadConfig } from '../src/config/load.ts'
import type { ProxyEvent } from '../src/events.ts'
import { fixedSecrets, routeOf, startProxy } from './support/proxy.ts'
import { rawRequest, sendRaw } from './support/raw.ts'
import { startUpstream } from './support/upstream.ts'

async function start (t: Test, upstream: string, parts: Partial<ProxyParts> = {}): Promise<{ url: string, port: number, proxy: Awaited<ReturnType<typeof createProxy>>, events: ProxyEvent[] }> {
  const events: ProxyEvent[] = []
  const config = loadConfig({
    env: { LANGSMITH_PROXY_PORT: '0', LANGSMITH_PROXY_HOST: '127.0.0.1', LANGSMITH_PROXY_DRAIN_DEADLINE: '300ms', LANGSMITH_PROXY_STARTUP_CHECK: 'off', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' },
    readFile: () => undefined, homeConfigDir: '/nowhere', resolvePath, closedEndpointNames: []
  })
  const routes = [routeOf({ upstream })]
  const proxy = await createProxy({
    config, routes, secrets: fixedSecrets(routes), authorities: new Map(), log: (event) => { events.push(event) }, lostLines: () => 0,
    maskText: (text) => text, build: { version: 'test', node: process.version }, ...parts
  })
  t.teardown(() => proxy.close())
  const url = await proxy.start()
  return { url, port: Number(new URL(url).port), proxy, events }
}

t.test('a defect of ours is 503 internal-error for the client and a line without its message for the log', async (t) => {
  const { url, events } = await start(t, 'http://127.0.0.1:9', { lostLines: () => { throw Object.assign(new Error('canary-message'), { code: 'E_CANARY' }) } })
  const answer = await send(`${url}/-/metrics`)
  const text = await answer.body.text()
  t.match(answer, { statusCode: 503, headers: { 'x-langsmith-proxy': 'proxy; code=internal-error', 'content-type': 'application/problem+json', 'retry-after': /\d/ } })
  t.match(JSON.parse(text), { code: 'internal-error', requestId: String })
  t.match(events.find(({ event }) => event === 'internal.failed'), { name: 'Error', reason: 'E_CANARY', reqId: String })
  t.notMatch(text + JSON.stringify(events), /canary-message|\n {4}at /)
  t.equal((await send(`${url}/-/live`)).statusCode, 200)
})

t.test('a refusal that cannot be explained reaches the client all the same', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(403, { 'content-type': 'application/json' }).end('{"detail":"Forbidden"}') } })
  const { url, events } = await start(t, upstream.url, { maskText: () => { throw new TypeError('canary-message') } })
  const answer = await send(`${url}/runs`)
  t.match(answer, { statusCode: 403, headers: { 'x-langsmith-proxy': 'upstream', 'x-langsmith-proxy-diagnosis': 'undetermined' } })
  t.equal(await answer.body.text(), '{"detail":"Forbidden"}')
  t.match(events.find(({ event }) => event === 'internal.failed'), { name: 'TypeError' })
})

t.test('the proxy has its own pages also where a route takes every path', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await start(t, upstream.url)
  const cases: readonly [string, number][] = [['/-/live', 200], ['/-', 421], ['/-/else', 421], ['/-x', 200], ['/--/live', 200], ['/', 200], ['/%2d/live', 400], ['/-%2flive', 200]]
  for (const [path, status] of cases) t.equal((await sendRaw(port, rawRequest('GET', path, ['Connection: close']))).status, status, path)
  t.same(upstream.received.map(({ url }) => url), ['/-x', '/--/live', '/', '/-%2flive'])
})

// Connections that are opened and left alone, or reset, cost an attacker nothing; they must not cost others theirs.
t.test('a crowd of silent, half-sent and reset connections does not keep others from being served', async (t) => {
  const upstream = await startUpstream(t)
  const { url, port } = await start(t, upstream.url)
  const sockets: Socket[] = []
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  const open = (bytes: string): Promise<Socket> => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {}).once('connect', () => { socket.write(bytes, () => { resolve(socket) }) })
  })
  await Promise.all([
    ...Array.from({ length: 150 }, () => open('')),
    ...Array.from({ length: 300 }, (_, i) => open(rawRequest('POST', '/runs', ['Content-Length: 10'], 'half').slice(0, 10 + i % 60))),
    ...Array.from({ length: 200 }, () => open(rawRequest('GET', '/runs')).then((socket) => socket.resetAndDestroy()))
  ])
  t.equal((await send(`${url}/runs`)).statusCode, 200)
})

t.test('each request has an ID of its own; that of the client is passed on and not trusted', async (t) => {
  const upstream = await startUpstream(t)
  const { url, events } = await start(t, upstream.url)
  for (let i = 0; i < 3; i++) await (await send(`${url}/runs`, { headers: { 'x-request-id': 'mine' } })).body.dump()
  await new Promise((done) => { setTimeout(done, 50) })
  const ids = events.flatMap((event) => event.event === 'request.completed' ? [event.reqId] : [])
  t.equal(new Set(ids).size, 3)
  t.notOk(ids.includes('mine'))
  t.ok(upstream.received.every(({ rawHeaders }) => rawHeaders.includes('mine')))
})

t.test('it can be closed at any time, and more than once', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} }) // never answers
  const { url, proxy, events } = await start(t, upstream.url)
  const hanging = send(`${url}/runs`)
  const left = hanging.catch((error: unknown) => error)
  while (upstream.received.length === 0) await new Promise((done) => { setTimeout(done, 5) })
  const drained = proxy.drain('test')
  await Promise.all([proxy.close(), proxy.close()])
  await drained
  t.type(await left, Error)
  await t.rejects(send(`${url}/-/live`))
  t.match(events.filter(({ event }) => event !== 'proxy.draining'), [{ event: 'request.aborted', by: 'proxy' }], 'nobody else is blamed')
})

t.test('a drain ends at its deadline', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const { url, proxy } = await start(t, upstream.url)
  const left = send(`${url}/runs`).catch((error: unknown) => error)
  while (upstream.received.length === 0) await new Promise((done) => { setTimeout(done, 5) })
  t.equal(await proxy.drain('test'), 1)
  t.type(await left, Error)
})

t.test('past 2000 requests under way the proxy says 503 instead of queueing without end; its pages still answer', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LOG_LEVEL: 'error' } })
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  t.teardown(() => { agent.destroy() })

  for (let i = 0; i < 2000; i++) get(`${proxy.url}/runs`, { agent }).on('error', () => {}) // cut when the test ends
  const live = await fetch(`${proxy.url}/-/live`)
  t.equal(live.status, 200)
  await until(async () => /in_flight 2001\b/.test(await (await fetch(`${proxy.url}/-/metrics`)).text()))

  const refused = await fetch(`${proxy.url}/runs`)

  t.equal(refused.status, 503)
  t.equal(refused.headers.get('x-langsmith-proxy'), 'proxy; code=overloaded')
  t.equal(refused.headers.get('retry-after'), '1')
})

async function until (condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!await condition()) {
    if (performance.now() > end) throw new Error('it never came to that')
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}

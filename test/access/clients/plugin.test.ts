// Client keys in front of a real proxy: who gets in, what goes upstream, and what log, metrics and pages say of it.

import { rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import t from 'tap'
import type { Test } from 'tap'
import { makeClientKey } from '../../../src/access/clients/client-key.ts'
import type { ProxyEvent } from '../../../src/events.ts'
import { refuseLeak } from '../../support/leaks.ts'
import { startProxy, TEST_KEY } from '../../support/proxy.ts'
import type { TestProxy } from '../../support/proxy.ts'
import { rawRequest, sendRaw } from '../../support/raw.ts'
import { startUpstream, valuesOf } from '../../support/upstream.ts'
import type { Upstream } from '../../support/upstream.ts'
import { basic, makeClients } from './support.ts'
import type { MadeClient, TestClients } from './support.ts'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly code?: string, readonly detail?: string, readonly hint?: string }
  readonly text: string
}

interface Stage {
  readonly proxy: TestProxy
  readonly upstream: Upstream
  readonly clients: TestClients
  readonly call: (path: string, headers?: Readonly<Record<string, string>>, method?: string) => Promise<Answer>
}

async function stage (t: Test, made: Readonly<Record<string, MadeClient>>, { required = true } = {}): Promise<Stage> {
  const upstream = await startUpstream(t, { answer: (incoming, response) => {
    if (incoming.url?.includes('refused') === true) response.writeHead(403, { 'content-type': 'application/json' }).end('{"detail":"Forbidden"}')
    else response.end('{}')
  } })
  const clients = await makeClients(t, made)
  const proxy = await startProxy(t, {
    routes: [{ upstream: upstream.url, credential: 'us' }, { upstream: upstream.url, prefix: '/eu', credential: 'eu' }],
    clients: clients.live, env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: String(required) }
  })
  const call: Stage['call'] = async (path, headers = {}, method = 'GET') => {
    const response = await fetch(proxy.url + path, { headers, method })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: text.startsWith('{') ? JSON.parse(text) as Answer['body'] : {} }
  }
  return { proxy, upstream, clients, call }
}

function eventsOf<Name extends ProxyEvent['event']> (proxy: TestProxy, name: Name): readonly Extract<ProxyEvent, { event: Name }>[] {
  return proxy.events.filter((event): event is Extract<ProxyEvent, { event: Name }> => event.event === name)
}

t.test('without a client key nothing goes upstream, and the answer says how to send one', async (t) => {
  const { call, upstream, proxy } = await stage(t, { ana: {} })
  for (const [path, method] of [['/api/v1/sessions', 'GET'], ['/eu/runs', 'POST'], ['/nowhere/../x', 'GET'], ['/-/metrics', 'GET'], ['/-/refusals', 'GET'], ['/-/clients', 'GET'], ['/-/none', 'GET'], ['/api/v1/api-key', 'POST']] as const) {
    const { status, headers, body } = await call(path, {}, method)
    t.equal(status, 401, path)
    t.equal(body.code, 'client-key-required')
    t.equal(headers.get('www-authenticate'), 'Bearer, Basic realm="langsmith-proxy", charset="UTF-8"')
  }
  t.equal(upstream.received.length, 0)
  t.equal(eventsOf(proxy, 'request.denied').length, 1, 'floods of strangers are one line')
  t.equal(eventsOf(proxy, 'request.completed').length, 1)
  for (const page of ['/-/live', '/-/ready', '/-/startup']) t.equal((await call(page)).status, 200, `${page} stays open`)
})

t.test('a key of LangSmith in the place of a client key is explained, goes nowhere and is not logged', async (t) => {
  const { call, upstream, proxy } = await stage(t, { ana: {} })
  const theirs = `lsv2_pt_${'0123abcd'.repeat(4)}_0123456789`
  for (const headers of [{ 'x-api-key': theirs }, { authorization: `Bearer ${theirs}` }]) {
    const { status, body, text } = await call('/runs', headers)
    t.equal(status, 401)
    t.equal(body.code, 'client-key-unknown')
    t.match(body.detail, /shows a key of LangSmith/)
    refuseLeak('the answer', text, theirs)
  }
  t.equal(upstream.received.length, 0)
  refuseLeak('the log', proxy.rawLog(), theirs)
})

t.test('each way of sending a client key works, and none of it reaches LangSmith', async (t) => {
  const { call, upstream, clients: { keys: { ana = '' } } } = await stage(t, { ana: {} })
  const ways = [{ 'x-api-key': ana }, { authorization: `Bearer ${ana}` }, { authorization: basic('ana', ana) }, { authorization: basic('', ana) }, { authorization: basic(ana, '') }, { 'x-api-key': `${ana}, ${ana}`, authorization: `Bearer ${ana}` }]
  for (const headers of ways) t.equal((await call('/api/v1/sessions', headers)).status, 200, Object.keys(headers).join())
  t.equal(upstream.received.length, ways.length)
  for (const { rawHeaders } of upstream.received) {
    t.strictSame(valuesOf(rawHeaders, 'x-api-key'), [TEST_KEY])
    refuseLeak('what went upstream', rawHeaders.join('\n'), ana, basic('ana', ana), basic('', ana), basic(ana, ''))
  }
})

t.test('where no client key is needed all are served, a right one is told apart, and a wrong one is refused', async (t) => {
  const { call, upstream, proxy, clients: { keys: { ana = '' } } } = await stage(t, { ana: {} }, { required: false })
  t.equal((await call('/a')).status, 200)
  t.equal((await call('/b', { 'x-api-key': 'local-proxy' })).status, 200)
  t.equal((await call('/c', { 'x-api-key': ana })).status, 200)
  const wrong = await call('/d', { 'x-api-key': makeClientKey('ana') })
  t.match([wrong.status, wrong.body.code], [401, 'client-key-unknown'])
  t.equal(upstream.received.length, 3)
  t.strictSame(eventsOf(proxy, 'request.completed').map(({ path, client }) => [path, client]), [['/a', undefined], ['/b', undefined], ['/c', 'ana'], ['/d', undefined]])
  t.equal((await call('/-/metrics')).status, 200, 'pages are for this machine')
})

t.test('a key that was revoked is refused within a second, on a connection that is open too', async (t) => {
  const { proxy, clients } = await stage(t, { ana: {}, bo: {} })
  const { ask, connections } = keepAlive(t, proxy.port)
  t.equal(await ask(clients.keys.ana ?? ''), 200)
  const bo = clients.live.current.get('bo')
  clients.write(new Map(bo === undefined ? [] : [['bo', bo]]))
  const revokedAt = performance.now()
  let status = 200
  while (status === 200 && performance.now() - revokedAt < 20_000) status = await ask(clients.keys.ana ?? '')
  t.equal(status, 401)
  t.comment(`after ${String(Math.round(performance.now() - revokedAt))} ms`)
  t.equal(await ask(clients.keys.bo ?? ''), 200, 'the others are served on')
  t.equal(connections(), 1)
  t.match(eventsOf(proxy, 'clients.reloaded'), [{ added: [], removed: ['ana'], changed: [] }])
})

t.test('a file that breaks while the proxy runs changes nothing and is told once', async (t) => {
  const { call, proxy, clients } = await stage(t, { ana: {} })
  const whole = clients.live.current
  const key = { 'x-api-key': clients.keys.ana ?? '' }
  writeFileSync(clients.file, 'clients:\n  ana: { role: nothing }\n')
  const { message } = await proxy.eventOf('clients.rejected')
  t.match(message, /clients\.yaml:2 clients\.ana/)
  await new Promise((resolve) => { setTimeout(resolve, 1500) })
  t.equal(eventsOf(proxy, 'clients.rejected').length, 1, 'not at each look')
  t.equal((await call('/x', key)).status, 200)
  rmSync(clients.file)
  await until(() => eventsOf(proxy, 'clients.rejected').length === 2)
  t.match(eventsOf(proxy, 'clients.rejected')[1]?.message, /is gone; its clients are served on/)
  t.equal((await call('/x', key)).status, 200)
  clients.write(whole)
  t.match(await proxy.eventOf('clients.reloaded'), { added: [], removed: [], changed: [] })
})

t.test('a client may use its routes only, and is told which', async (t) => {
  const { call, upstream, clients: { keys: { ana = '', bo = '' } } } = await stage(t, { ana: { routes: ['/eu'] }, bo: { routes: ['/', '/eu'] } })
  const denied = await call('/api/v1/sessions', { 'x-api-key': ana })
  t.match([denied.status, denied.body.code, denied.body.detail], [403, 'role-denied', 'client ana may use route /eu only'])
  t.equal(upstream.received.length, 0)
  t.equal((await call('/eu/sessions', { 'x-api-key': ana })).status, 200)
  t.equal((await call('/sessions', { 'x-api-key': bo })).status, 200)
})

t.test('the role of a client holds on the path that goes upstream', async (t) => {
  const { call, upstream, proxy, clients: { keys: { ana = '' } } } = await stage(t, { ana: { role: 'read-only' } })
  for (const path of ['/api/v1/sessions/1', '/sessions/1', '/eu/sessions/1', '/eu/api/v1/sessions/1']) {
    const { status, body } = await call(path, { 'x-api-key': ana }, 'DELETE')
    t.match([status, body.code], [403, 'role-denied'], path)
    t.match(body.detail, /read-only/)
  }
  t.equal(upstream.received.length, 0)
  t.equal((await call('/api/v1/sessions', { 'x-api-key': ana })).status, 200)
  t.equal(eventsOf(proxy, 'request.denied')[0]?.client, 'ana')
})

t.test('pages are for admins where client keys are needed', async (t) => {
  const { call, clients: { keys: { ana = '', root = '' } } } = await stage(t, { ana: {}, root: { role: 'admin' } })
  for (const page of ['/-/metrics', '/-/refusals', '/-/clients']) {
    const denied = await call(page, { 'x-api-key': ana })
    t.match([denied.status, denied.body.code], [403, 'role-denied'], page)
    t.equal((await call(page, { authorization: basic('root', root) })).status, 200, page)
  }
  t.match(JSON.parse((await call('/-/clients', { 'x-api-key': root })).text), { clients: [
    { name: 'ana', role: 'full', last_used: /^20.*Z$/ }, { name: 'root', role: 'admin', last_used: /^20.*Z$/ }
  ] })
})

t.test('who called stands in the log, the metrics and the refusals, and no key anywhere', async (t) => {
  const { call, proxy, clients: { keys: { ana = '', bo = '', root = '' }, live } } = await stage(t, { ana: {}, bo: { routes: ['/eu'] }, root: { role: 'admin' } })
  await call('/api/v1/sessions', { 'x-api-key': ana })
  await call('/refused', { authorization: `Bearer ${ana}` })
  await call(`/${ana}`, { 'x-api-key': bo, 'user-agent': ana })
  const wrong = makeClientKey('ana')
  await call('/x', { 'x-api-key': wrong })
  await abort(proxy.port, ana)
  await proxy.eventOf('request.aborted')

  t.match(eventsOf(proxy, 'request.completed').map(({ client }) => client), ['ana', 'ana', 'bo', undefined])
  t.match(eventsOf(proxy, 'refusal.diagnosed'), [{ client: 'ana' }])
  t.match(eventsOf(proxy, 'request.denied'), [{ code: 'role-denied', client: 'bo' }, { code: 'client-key-unknown', detail: /names ana, and is not the key of ana/ }])
  t.match(eventsOf(proxy, 'request.aborted'), [{ client: 'ana' }])
  const metrics = (await call('/-/metrics', { 'x-api-key': root })).text
  t.match(metrics, /langsmith_proxy_requests_total\{route="\/",method="read",status="200",source="upstream",client="ana"\} 1/)
  t.match(metrics, /langsmith_proxy_refusals_total\{.*client="ana"\} 1/)
  t.match(metrics, /langsmith_proxy_denials_total\{code="role-denied",client="bo"\} 1/)
  t.match(metrics, /langsmith_proxy_denials_total\{code="client-key-unknown"\} 1/)
  const refusals = (await call('/-/refusals', { 'x-api-key': root })).text
  t.match(JSON.parse(refusals), { refusals: [{ client: 'ana', count: 1 }] })
  t.match((await call('/-/refusals', { 'x-api-key': root, accept: 'text/plain' })).text, /client ana/)

  const hashes = [...live.current.values()].flatMap(({ keys }) => keys.map(({ hash }) => hash.toHex()))
  for (const [place, text] of Object.entries({ 'the log': proxy.rawLog(), metrics, refusals, clients: (await call('/-/clients', { 'x-api-key': root })).text })) {
    refuseLeak(place, text, ana, bo, root, wrong, ...hashes)
  }
})

t.test('ten thousand wrong keys are refused in bounded time and lines; a right one works at once', async (t) => {
  const { proxy, upstream, clients: { keys: { ana = '' } } } = await stage(t, { ana: {} })
  const perConnection = 25
  const statuses = new Map<number, number>()
  const started = performance.now()
  for (let round = 0; round < 10_000 / perConnection; round += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => sendRaw(proxy.port, Array.from({ length: perConnection }, (_, at) =>
      rawRequest('GET', '/runs', [`X-API-Key: ${makeClientKey(at % 2 === 0 ? 'ana' : 'nobody')}`, ...at === perConnection - 1 ? ['Connection: close'] : []])).join(''), 5000)))
    for (const { text } of answers) for (const [, status] of text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) statuses.set(Number(status), (statuses.get(Number(status)) ?? 0) + 1)
  }
  t.strictSame([...statuses.keys()].sort(), [401, 429])
  t.equal(statuses.get(401), 10, 'then it is told to wait')
  t.equal(statuses.get(429), 9990)
  t.ok(performance.now() - started < 60_000)
  const answer = await fetch(`${proxy.url}/runs`, { headers: { 'x-api-key': makeClientKey('ana') } })
  const wait = Number(answer.headers.get('retry-after'))
  t.ok(wait >= 1 && wait <= 60, `Retry-After: ${String(wait)}`)
  t.match(await answer.json(), { code: 'rate-limited' })
  t.equal((await fetch(`${proxy.url}/runs`, { headers: { 'x-api-key': ana } })).status, 200, 'the right key of the same address')
  t.equal(upstream.received.length, 1)
  t.ok(proxy.rawLog().split('\n').length < 60, `${String(proxy.rawLog().split('\n').length)} lines`)
})

/** One connection that stays open. */
function keepAlive (t: Test, port: number): { readonly ask: (key: string) => Promise<number>, readonly connections: () => number } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  const ports = new Set<number | undefined>()
  return {
    connections: () => ports.size,
    ask: (key) => new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: '/x', agent, headers: { 'x-api-key': key } }, (response) => {
        ports.add(response.socket.localPort)
        response.resume().once('end', () => { resolve(response.statusCode ?? 0) })
      })
      asked.once('error', reject).end()
    })
  }
}

/** A caller that leaves in the middle of its body. */
function abort (port: number, key: string): Promise<void> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, method: 'POST', path: '/x', headers: { 'x-api-key': key, 'content-length': 1000 } })
    asked.once('error', () => {}).once('close', () => { resolve() })
    asked.write('{', () => { setTimeout(() => { asked.destroy() }, 100) })
  })
}

async function until (condition: () => boolean): Promise<void> {
  const end = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}

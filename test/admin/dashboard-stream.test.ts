// The stream /-/changes: what comes first, what comes later, who may have one, and that it holds nothing up.

import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { createStream, MOST_VIEWERS } from '../../src/admin/dashboard/stream.ts'
import type { Stream, StreamSources } from '../../src/admin/dashboard/stream.ts'
import { KNOWN_ANSWERS } from '../../src/sandbox/known-answers.ts'
import { makeClients } from '../access/clients/support.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { readEvents } from '../support/server-events.ts'
import type { EventReader } from '../support/server-events.ts'
import { startUpstream } from '../support/upstream.ts'

const PARTS = ['clock', 'proxy', 'routes', 'team', 'traffic', 'refusals']

async function refusing (t: Test, env: Readonly<Record<string, string>> = {}): Promise<TestProxy> {
  const { status, type, body } = KNOWN_ANSWERS.B1
  const upstream = await startUpstream(t, { answer: ({ url = '' }, response) => {
    if (url.includes('fine')) response.end('{}')
    else response.writeHead(status, { 'content-type': type }).end(body)
  } })
  return startProxy(t, { routes: [{ upstream: upstream.url, credential: 'main' }], env })
}

const watch = (t: Test, proxy: TestProxy): Promise<EventReader> => readEvents(t, `${proxy.url}/-/changes`)
const call = async (proxy: TestProxy, path: string): Promise<void> => { await (await fetch(proxy.url + path)).text() }
const allParts = (viewer: EventReader): Promise<unknown> => viewer.until('all parts', (events) => events.length >= PARTS.length)

t.test('everything comes first, each part once', async (t) => {
  const proxy = await refusing(t)
  await call(proxy, '/fine')
  await call(proxy, '/refused')
  await proxy.eventOf('refusal.diagnosed')
  const viewer = await watch(t, proxy)
  t.match(viewer, { status: 200, headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-langsmith-proxy': 'proxy' } })
  await allParts(viewer)
  t.strictSame(viewer.events.map(({ name }) => name), PARTS)
  const parts = Object.fromEntries(viewer.events.map(({ name, data }) => [name, JSON.parse(data) as unknown]))
  t.match(parts, {
    clock: { now: /^\d{4}-.*Z$/ },
    proxy: { version: 'test', node: process.version, started: /Z$/, config: 'environment', ready: 'ok', keys_required: false, step_s: 10 },
    routes: [{ prefix: '/', credential: 'main', fingerprint: /^[0-9a-f]{8}$/, state: 'refused', last_answer: { result: 'refused', status: 401 } }],
    team: { clients: [{ name: null, requests: 2, refused: 1 }], clients_left_out: 0 },
    refusals: [{ id: 1, count: 1, path: '/refused', status: 401, diagnosis: { code: /^key-/ } }]
  })
  const traffic = parts.traffic as readonly { readonly succeeded: number, readonly refused: number }[]
  t.strictSame([traffic.reduce((sum, { succeeded }) => sum + succeeded, 0), traffic.reduce((sum, { refused }) => sum + refused, 0)], [1, 1])
})

t.test('later only what has changed is sent, and a refusal that repeats keeps its number', async (t) => {
  const proxy = await refusing(t)
  const viewer = await watch(t, proxy)
  await allParts(viewer)
  for (const count of [1, 2]) {
    const before = viewer.events.length
    await call(proxy, '/refused')
    const refusals = await viewer.until('the refusal', (events) => events.slice(before).find(({ name }) => name === 'refusals')?.data)
    t.match(JSON.parse(refusals), [{ id: 1, count }])
  }
  const named = viewer.events.slice(PARTS.length).map(({ name }) => name)
  t.notOk(named.includes('proxy') || named.includes('clock'), 'what has not changed is not sent again')
  const settled = viewer.events.length
  await delay(2500)
  t.strictSame(viewer.events.slice(settled).map(({ name }) => name).filter((name) => name !== 'traffic'), [], 'nothing happens, nothing is sent')
})

t.test('there is room for so many, and for another when one has left', async (t) => {
  const proxy = await refusing(t)
  const viewers = await Promise.all(Array.from({ length: MOST_VIEWERS }, () => watch(t, proxy)))
  t.ok(viewers.every(({ status }) => status === 200))
  const late = await fetch(`${proxy.url}/-/changes`)
  t.equal(late.status, 503)
  t.match(await late.json(), { code: 'overloaded', detail: 'the dashboard is open 20 times', hint: 'close some of its tabs' })
  viewers[0]?.leave()
  await proxy.eventOf('request.aborted')
  t.equal((await watch(t, proxy)).status, 200)
})

t.test('a reload ends it, and it may be opened again', async (t) => {
  const proxy = await refusing(t)
  const viewer = await watch(t, proxy)
  await proxy.replaceSettings({})
  await viewer.until('the end', viewer.hasEnded)
  t.ok(viewer.text().endsWith('\n\n'), 'between two events')
  await allParts(await watch(t, proxy))
})

t.test('whoever loses a client key sees no more', async (t) => {
  const clients = await makeClients(t, { root: { role: 'admin' }, ana: {} })
  const proxy = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:9' }], clients: clients.live, env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true' } })
  const headers = { 'x-api-key': clients.keys.root ?? '' }
  const viewer = await readEvents(t, `${proxy.url}/-/changes`, headers)
  await allParts(viewer)
  const kept = new Map(clients.live.current)
  kept.delete('root')
  clients.write(kept)
  await viewer.until('the end', viewer.hasEnded)
  t.equal((await fetch(`${proxy.url}/-/changes`, { headers })).status, 401)
})

t.test('a proxy that stops waits for no viewer, and takes none', async (t) => {
  const proxy = await refusing(t, { LANGSMITH_PROXY_DRAIN_DELAY: '2s', LANGSMITH_PROXY_DRAIN_DEADLINE: '1m' })
  const viewer = await watch(t, proxy)
  await allParts(viewer)
  const began = performance.now()
  const drained = proxy.proxy.drain('test')
  t.match(JSON.parse(await viewer.until('the news', (events) => events.findLast(({ name, data }) => name === 'proxy' && data.includes('stopping'))?.data)), { ready: 'stopping' })
  t.equal((await fetch(`${proxy.url}/-/changes`)).status, 503)
  t.equal(await drained, 0, 'nothing was cut')
  t.ok(performance.now() - began < 20_000, 'the deadline was not waited for')
  t.ok(viewer.hasEnded())
})

interface Viewed {
  readonly stream: Stream
  /** The answers of the server, oldest first. */
  readonly answers: readonly ServerResponse[]
  /** Asks for a stream and reads nothing of it, unless resumed. */
  readonly view: () => Promise<IncomingMessage>
}

const SOURCES: StreamSources = {
  whole: () => ({ proxy: { version: '1', node: 'v1', started: '', config: '', ready: 'ok', keys_required: false, step_s: 10 }, routes: [], team: { clients: [], clients_left_out: 0, budgets: [] } }),
  traffic: { since: () => [] }, refusals: { changedSince: () => ({ change: 0, refusals: [] }) }, isStopping: () => false, now: Date.now
}

/** A stream alone, whose parts are larger than what the system keeps of a connection. */
async function viewed (t: Test, sources: Partial<StreamSources>): Promise<Viewed> {
  const stream = createStream({ ...SOURCES, ...sources })
  const answers: ServerResponse[] = []
  const server = createServer((_request, response) => { answers.push(response); stream.open(response) })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  return {
    stream, answers,
    view: () => new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject).end()
      t.teardown(() => { asked.destroy() })
    })
  }
}

const LARGE = 8_000_000

// Each second there is something new; a viewer that reads nothing would make the proxy keep all of it.
t.test('a slow reader costs one copy of the state, and has the newest when it reads again', async (t) => {
  let told = 0
  const { view, answers } = await viewed(t, { whole: () => ({ ...SOURCES.whole(), routes: [{ prefix: `${told++}`.padEnd(LARGE, '.'), upstream: '', credential: '', secret_ref: '', workspace: false, since: undefined, expires: undefined, state: 'works', last_check: undefined, last_answer: undefined }] }) })
  const slow = await view()
  await delay(3500)
  t.ok(told >= 3, 'there was news')
  t.ok((answers[0]?.writableLength ?? Infinity) < 1.5 * LARGE, `${String(answers[0]?.writableLength)} bytes wait`)
  let text = ''
  slow.setEncoding('utf8').on('data', (piece: string) => { text = (text + piece).slice(-2 * LARGE) })
  for (let wait = 0; wait < 2000 && !/"prefix":"([3-9]|\d\d)\./.test(text.slice(-LARGE - 1000)); wait++) await delay(10)
  t.match(text.slice(-LARGE - 1000), /"prefix":"([3-9]|\d\d)\./)
})

// Its end stands behind megabytes that it does not read: the proxy would wait for them until the deadline.
t.test('a viewer that does not read is cut soon after the end of all', async (t) => {
  const { view, answers, stream } = await viewed(t, { whole: () => ({ ...SOURCES.whole(), proxy: { ...SOURCES.whole().proxy, config: '.'.repeat(LARGE) } }) })
  const slow = await view()
  slow.on('error', () => {})
  const closed = new Promise((resolve) => { answers[0]?.once('close', () => { resolve(true) }) })
  stream.endAll()
  t.equal(await Promise.race([closed, delay(15_000, false)]), true)
})

// An answer that has ended and is not read yet does not say that it waits any more (writableNeedDrain): the timer of the stream
// wrote to it, which is an error.
t.test('nothing is written after the end, however slowly the rest is read', async (t) => {
  let told = 0
  const { view, answers, stream } = await viewed(t, { whole: () => ({ ...SOURCES.whole(), proxy: { ...SOURCES.whole().proxy, config: `${told++}`.padEnd(LARGE, '.') } }) })
  const slow = await view()
  slow.on('error', () => {})
  const errors: Error[] = []
  answers[0]?.on('error', (error) => { errors.push(error) })
  stream.endAll()
  const other = await view() // keeps the timer going
  other.resume()
  await delay(2500)
  t.strictSame(errors, [])
})

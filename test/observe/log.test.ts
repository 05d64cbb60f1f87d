// What stands in the log: which lines, with which fields, how often.

import t from 'tap'
import { request as send } from 'undici'
import { COUNT_EVERY_MS, LOGGED_IN_FULL } from '../../src/diagnosis/limit.ts'
import type { ProxyEvent } from '../../src/events.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { countRepeats } from '../../src/observe/repeats.ts'
import { levelOf, sentenceOf } from '../../src/observe/wording.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

type Line = Record<string, unknown>

function linesOf (proxy: TestProxy, event: string): Line[] {
  return proxy.rawLog().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line).filter((line) => line.event === event)
}

async function until (condition: () => boolean): Promise<void> {
  const end = performance.now() + 5000
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}

const denied = (code: 'no-route' | 'host-not-allowed', route?: string): ProxyEvent => ({
  event: 'request.denied', reqId: '1', method: 'GET', path: '/x', route, code, status: 421, detail: 'd', hint: 'h'
})
const failed: ProxyEvent = { event: 'upstream.failed', reqId: '1', method: 'GET', path: '/x', route: '/', code: 'upstream-tls', upstream: 'u', reason: 'CERT', detail: 'd', hint: 'h' }
const refused = (code: string, credential = 'us'): ProxyEvent => ({
  event: 'refusal.diagnosed', reqId: '1', method: 'GET', path: '/x', route: '/', credential, fingerprint: '00000000', secret_ref: 'env:A', status: 403, excerpt: '',
  diagnosis: { code, summary: 's', causes: [] } as unknown as Extract<ProxyEvent, { event: 'refusal.diagnosed' }>['diagnosis']
})
const completed = (status: number, source: 'upstream' | 'proxy' = 'upstream', credential = 'us'): ProxyEvent => ({
  event: 'request.completed', reqId: '1', method: 'GET', path: '/x', route: '/', credential, status, source, duration_ms: 1, bytes_in: 0, bytes_out: 0
})

t.test('denials and failures of a kind are told once in ten seconds and then counted', async (t) => {
  let now = 0
  const told: ProxyEvent[] = []
  const repeats = countRepeats((event) => { told.push(event) }, () => now)
  const take = (): ProxyEvent[] => told.splice(0)

  for (let i = 0; i < 1000; i++) { repeats.emit(denied('no-route')); repeats.emit(failed) }
  t.match(take(), [{ event: 'request.denied' }, { event: 'upstream.failed' }])
  repeats.emit(denied('host-not-allowed'))
  repeats.emit(denied('no-route', '/eu'))
  t.match(take(), [{ code: 'host-not-allowed' }, { code: 'no-route', route: '/eu' }], 'other kinds are news')
  now = 9999
  repeats.sweep()
  repeats.emit(failed)
  t.same(take(), [])
  now = 10_000
  repeats.sweep()
  t.same(take(), [
    { event: 'events.repeated', of: 'request.denied', code: 'no-route', count: 999 },
    { event: 'events.repeated', of: 'upstream.failed', code: 'upstream-tls', count: 1000 }
  ])
  repeats.emit(failed)
  t.match(take(), [{ event: 'upstream.failed' }], 'in a new window it is told in full again')
  repeats.emit(failed)
  repeats.flush()
  t.match(take(), [{ event: 'events.repeated', count: 1 }], 'the end of the process tells the rest')
  repeats.flush()
  t.same(take(), [], 'once')
})

t.test('a window that is over is told with the next event of its kind, without waiting for a sweep', async (t) => {
  let now = 0
  const told: ProxyEvent[] = []
  const repeats = countRepeats((event) => { told.push(event) }, () => now)
  for (let i = 0; i < 3; i++) repeats.emit(failed)
  now = 10_000
  repeats.emit(failed)
  t.match(told, [{ event: 'upstream.failed' }, { event: 'events.repeated', count: 2 }, { event: 'upstream.failed' }])
})

t.test('refusals: the first five in full, then a count a minute, until the credential is accepted', async (t) => {
  let now = 0
  const told: ProxyEvent[] = []
  const repeats = countRepeats((event) => { told.push(event) }, () => now)
  const take = (): ProxyEvent[] => told.splice(0)

  for (let i = 0; i < LOGGED_IN_FULL + 20; i++) repeats.emit(refused('key-revoked'))
  t.equal(take().length, 5)
  repeats.emit(refused('key-other-region'))
  repeats.emit(refused('key-revoked', 'eu'))
  t.equal(take().length, 2, 'another cause, another credential')
  now = COUNT_EVERY_MS
  repeats.emit(refused('key-revoked'))
  t.same(take(), [{ event: 'refusal.repeated', credential: 'us', code: 'key-revoked', count: 21 }])
  repeats.emit(refused('key-revoked'))
  t.same(take(), [])
  for (const event of [completed(403), completed(302), completed(200, 'proxy'), completed(200, 'upstream', 'eu')]) repeats.emit(event)
  take()
  repeats.emit(refused('key-revoked'))
  t.same(take(), [], 'only a 2xx of LangSmith for this credential resets it')
  repeats.emit(completed(202))
  t.match(take(), [{ event: 'refusal.repeated', count: 2 }, { event: 'request.completed' }])
  repeats.emit(refused('key-revoked'))
  t.match(take(), [{ event: 'refusal.diagnosed' }])
})

t.test('what read-only calls found out is told of refusals that were told in full, once each', async (t) => {
  const told: ProxyEvent[] = []
  const repeats = countRepeats((event) => { told.push(event) }, () => 0)
  const numbered = (event: 'refusal.diagnosed' | 'refusal.explained', i: number): ProxyEvent => ({ ...refused('key-revoked'), event, reqId: String(i) }) as ProxyEvent
  repeats.emit(numbered('refusal.explained', 0))
  t.same(told, [], 'never of one that was not told')
  for (let i = 0; i < 1000; i++) repeats.emit(numbered('refusal.diagnosed', i))
  for (let i = 0; i < 2000; i++) repeats.emit(numbered('refusal.explained', i % 1000))
  t.same(told.map(({ event }) => event), [...Array<string>(LOGGED_IN_FULL).fill('refusal.diagnosed'), ...Array<string>(LOGGED_IN_FULL).fill('refusal.explained')])
  t.same(told.slice(LOGGED_IN_FULL).map((event) => 'reqId' in event && event.reqId), ['0', '1', '2', '3', '4'])
})

t.test('refusals that wait for an explanation are forgotten before memory grows', async (t) => {
  const told: ProxyEvent[] = []
  const repeats = countRepeats((event) => { told.push(event) }, () => 0)
  for (let i = 0; i < 1100; i++) repeats.emit({ ...refused('key-revoked', `name-${i}`), reqId: String(i) } as ProxyEvent)
  for (const i of [99, 100]) repeats.emit({ ...refused('key-revoked'), event: 'refusal.explained', reqId: String(i) } as ProxyEvent)
  t.match(told.slice(1100), [{ event: 'refusal.explained', reqId: '100' }])
  t.equal(told.length, 1101)
})

t.test('other explained answers: five in full, then a count a minute; a success does not make them news, a quiet time does', async (t) => {
  let now = 0
  const told: ProxyEvent[] = []
  const repeats = countRepeats((event) => { told.push(event) }, () => now)
  const take = (): ProxyEvent[] => told.splice(0)
  const limited = (credential = 'us'): ProxyEvent => ({ ...refused('rate-limit', credential), event: 'answer.diagnosed', status: 429 }) as ProxyEvent

  for (let i = 0; i < LOGGED_IN_FULL + 20; i++) { repeats.emit(limited()); repeats.emit(completed(200)) }
  t.equal(take().filter(({ event }) => event === 'answer.diagnosed').length, LOGGED_IN_FULL)
  repeats.emit(limited('eu'))
  t.match(take(), [{ event: 'answer.diagnosed', credential: 'eu' }])
  now = COUNT_EVERY_MS
  repeats.emit(limited())
  t.same(take(), [{ event: 'events.repeated', of: 'answer.diagnosed', code: 'rate-limit', count: 21 }])
  repeats.emit(limited())
  now += COUNT_EVERY_MS
  repeats.sweep()
  t.match(take(), [{ event: 'events.repeated', count: 1 }])
  repeats.emit(limited())
  repeats.flush()
  t.match(take(), [{ event: 'events.repeated', count: 1 }], 'the end of the process tells the rest')
  now += 10 * 60_000
  repeats.emit(limited())
  t.match(take(), [{ event: 'answer.diagnosed' }])
})

t.test('levels: what is below the wanted one is not written', async (t) => {
  const all: readonly ProxyEvent[] = [
    completed(200), denied('no-route'), failed, { event: 'upstream.retried', reqId: '1', method: 'GET', path: '/', reason: 'ECONNRESET' }
  ]
  const cases = [['debug', 4], ['info', 3], ['warn', 2], ['error', 1], ['silent', 0]] as const
  for (const [level, count] of cases) {
    const lines: string[] = []
    const { emit: logger } = createLogger({ level, write: (line) => { lines.push(line) }, maskText: (text) => text, maskLine: (line) => line })
    for (const event of all) logger(event)
    t.equal(lines.length, count, level)
  }
})

t.test('every event has its level and one short sentence', async (t) => {
  const request = { reqId: '1', method: 'GET', path: '/x' }
  const cases: readonly { event: ProxyEvent, level: string, sentence: RegExp }[] = [
    { event: { event: 'request.completed', ...request, status: 200, source: 'proxy', duration_ms: 1, bytes_in: 0, bytes_out: 0 }, level: 'debug', sentence: /200/ },
    { event: { event: 'request.completed', ...request, status: 421, source: 'proxy', code: 'no-route', duration_ms: 1, bytes_in: 0, bytes_out: 0 }, level: 'info', sentence: /421/ },
    { event: { event: 'request.aborted', ...request, by: 'client', duration_ms: 1, bytes_in: 0, bytes_out: 0 }, level: 'debug', sentence: /cut by the client/ },
    { event: { event: 'request.aborted', ...request, by: 'upstream', duration_ms: 1, bytes_in: 0, bytes_out: 0 }, level: 'warn', sentence: /cut by the upstream/ },
    { event: { event: 'redirect.foreign', ...request, target: 'elsewhere' }, level: 'warn', sentence: /elsewhere/ },
    { event: { event: 'proxy.stopped', cut: 0 }, level: 'info', sentence: /^stopped$/ },
    { event: { event: 'proxy.stopped', cut: 2 }, level: 'info', sentence: /2 requests were cut/ },
    { event: { event: 'signal.ignored', signal: 'SIGHUP' }, level: 'info', sentence: /SIGHUP/ },
    { event: { event: 'internal.failed', name: 'TypeError', reason: 'no code' }, level: 'error', sentence: /defect.*TypeError/ },
    { event: { event: 'log.lost', lines: 7 }, level: 'warn', sentence: /7 log lines/ },
    { event: { event: 'audit.lost', lines: 7 }, level: 'error', sentence: /7 lines of the audit record were lost/ },
    { event: { event: 'audit.failed', code: 'audit-unwritable', message: 'it is full', hint: 'make room' }, level: 'error', sentence: /^it is full; make room$/ },
    { event: { event: 'descriptors.exhausted', code: 'overloaded', reason: 'EMFILE', hint: 'raise it' }, level: 'error', sentence: /no file descriptor is left \(EMFILE\).*; raise it/ },
    { event: { event: 'config.noticed', code: 'c', message: 'this is so', hint: 'do that' }, level: 'warn', sentence: /this is so; do that/ },
    { event: { event: 'events.repeated', of: 'request.denied', code: 'no-route', count: 3 }, level: 'warn', sentence: /3 more/ },
    { event: { event: 'refusal.repeated', credential: 'us', code: 'key-revoked', count: 3 }, level: 'warn', sentence: /3 more refusals/ },
    { event: refused('key-revoked'), level: 'warn', sentence: /^403: s$/ },
    { event: { ...refused('key-revoked'), event: 'refusal.explained' } as ProxyEvent, level: 'warn', sentence: /^403 explained, after asking LangSmith: s$/ },
    { event: { ...refused('rate-limit'), event: 'answer.diagnosed', status: 429 } as ProxyEvent, level: 'warn', sentence: /^429: s$/ }
  ]
  for (const { event, level, sentence } of cases) {
    t.equal(levelOf(event), level, event.event)
    t.match(sentenceOf(event), sentence, event.event)
  }
})

t.test('each answered request leaves one request.completed, with these fields and no others', async (t) => {
  const upstream = await startUpstream(t, { answer: (request, response) => { response.writeHead(request.url === '/refused' ? 403 : 200).end('12345') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, credential: 'main' }] })
  const always = ['level', 'time', 'event', 'msg', 'reqId', 'method', 'path', 'status', 'source', 'duration_ms', 'bytes_in', 'bytes_out']
  const cases: readonly { path: string, init?: Parameters<typeof send>[1], fields: readonly string[], expect: Line }[] = [
    { path: '/runs?secret=query', init: { method: 'POST', body: 'abc' }, fields: ['route', 'credential', 'fingerprint', 'upstream_ms', 'first_byte_ms'], expect: { path: '/runs', method: 'POST', status: 200, source: 'upstream', route: '/', credential: 'main', bytes_in: 3, bytes_out: 5, level: 'info' } },
    { path: '/refused', fields: ['route', 'credential', 'fingerprint', 'upstream_ms', 'first_byte_ms'], expect: { status: 403, source: 'upstream', bytes_in: 0, bytes_out: 5 } },
    { path: '/runs?api_key=abc&x=1', fields: ['route', 'credential', 'fingerprint', 'upstream_ms', 'first_byte_ms', 'query_removed'], expect: { path: '/runs', query_removed: [/^api[_-]key$/] } },
    { path: '/-/live', fields: [], expect: { level: 'debug', source: 'proxy', status: 200 } },
    { path: '/-/nothing', fields: ['code'], expect: { level: 'info', source: 'proxy', status: 421, code: 'no-route' } },
    { path: '/runs', init: { headers: { origin: 'https://evil.example' } }, fields: ['code'], expect: { status: 403, code: 'browser-request', source: 'proxy' } },
    { path: '/api/v1/api-key', init: { method: 'POST' }, fields: ['route', 'credential', 'code'], expect: { status: 403, code: 'endpoint-closed', source: 'proxy' } }
  ]
  for (const [i, { path, init, fields, expect }] of cases.entries()) {
    await (await send(proxy.url + path, init)).body.dump() // not fetch, which sends a request again after 421
    await until(() => linesOf(proxy, 'request.completed').length > i)
    const line = linesOf(proxy, 'request.completed')[i] ?? {}
    t.match(line, expect, path)
    t.same(Object.keys(line).sort(), [...always, ...fields].sort(), `${path}: the fields`)
  }
  t.equal(linesOf(proxy, 'request.completed').length, cases.length)
  t.equal(new Set(linesOf(proxy, 'request.completed').map(({ reqId }) => reqId)).size, cases.length, 'each has its own ID')
})

t.test('a denial is one more line that says why, whatever stage said no', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '10' } })
  await fetch(`${proxy.url}/runs`, { headers: { 'sec-fetch-site': 'cross-site' } })
  await sendRaw(proxy.port, 'GET / HTTP/1.1\r\nbroken\r\n\r\n')
  await sendRaw(proxy.port, rawRequest('POST', '/runs', ['Transfer-Encoding: chunked'], 'ff\r\n' + 'x'.repeat(255) + '\r\n0\r\n\r\n'))
  await until(() => linesOf(proxy, 'request.denied').length === 3)
  t.match(linesOf(proxy, 'request.denied'), [
    { level: 'warn', code: 'browser-request', status: 403, method: 'GET', path: '/runs', detail: String, hint: String, reqId: String, peer: '127.0.0.1' },
    { level: 'warn', code: 'request-ambiguous', status: 400 },
    { level: 'warn', code: 'body-too-large', status: 413, path: '/runs', route: '/' }
  ])
})

t.test('a path in the log has no query, no control characters, no key and at most 200 characters', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  await sendRaw(proxy.port, rawRequest('GET', `/keys/${TEST_KEY}/lsv2_sk_${'0ddba11e'.repeat(4)}_0ddba11e00?token=abcdefgh`))
  await sendRaw(proxy.port, rawRequest('GET', `/${'y'.repeat(5000)}`))
  await sendRaw(proxy.port, rawRequest('GET', '/tab%09and%1b[31m'))
  await until(() => linesOf(proxy, 'request.completed').length === 3)
  t.notMatch(proxy.rawLog(), /5ca1ab1e|0ddba11e|abcdefgh/)
  for (const { path } of linesOf(proxy, 'request.completed')) t.ok(String(path).length <= 200)
  // eslint-disable-next-line no-control-regex -- that there are none is the point
  t.notMatch(proxy.rawLog(), /[\x00-\x09\x0b-\x1f\x7f]|\\u00/)
})

t.test('a client that leaves is an abort, not a completed request', async (t) => {
  const upstream = await startUpstream(t, { listener: (_request, response) => { response.writeHead(200).write('first') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const leave = new AbortController()
  const answer = await fetch(`${proxy.url}/stream`, { signal: leave.signal })
  leave.abort()
  await t.rejects(answer.text())
  t.match(await proxy.eventOf('request.aborted'), { by: 'client', status: 200, path: '/stream', bytes_out: 5 })
  t.same(linesOf(proxy, 'request.completed'), [])
})

t.test('a refusal is explained in one line with its evidence', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(403, { 'x-request-id': 'req-1', 'content-type': 'application/json' }).end('{"detail":"Forbidden"}') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, credential: 'main' }] })
  await fetch(`${proxy.url}/runs?q=1`)
  await until(() => linesOf(proxy, 'refusal.diagnosed').length === 1)
  const [line = {}] = linesOf(proxy, 'refusal.diagnosed')
  t.match(line, {
    level: 'warn', route: '/', credential: 'main', fingerprint: /^[0-9a-f]{8}$/, secret_ref: 'env:TEST_KEY', method: 'GET', path: '/runs', status: 403, upstream_request_id: 'req-1',
    reqId: linesOf(proxy, 'request.completed')[0]?.reqId, excerpt: 'Forbidden', diagnosis: { code: String, summary: String, causes: Array }
  })
})

// An upstream can put the key, without the prefix that the last net looks for, into what is logged of its answer.
t.test('what an upstream puts into a request ID or a redirect is masked in the log', async (t) => {
  const hidden = TEST_KEY.slice('lsv2_pt_'.length)
  const upstream = await startUpstream(t, {
    answer (request, response) {
      if (request.url === '/redirect') response.writeHead(302, { location: `https://${hidden.slice(0, 12)}.example/` }).end()
      else response.writeHead(401, { 'x-request-id': hidden.slice(20) }).end()
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  await sendRaw(proxy.port, rawRequest('GET', '/redirect'))
  await sendRaw(proxy.port, rawRequest('GET', '/refused'))

  t.match(await proxy.eventOf('redirect.foreign'), { target: /example$/ })
  await proxy.eventOf('refusal.diagnosed')
  t.notMatch(proxy.rawLog(), /5ca1ab1e/)
  t.match(proxy.rawLog(), /\*{8,}/)
})

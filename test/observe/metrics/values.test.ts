// What the metrics say: times in buckets, bytes, connections, budgets and the process, from real requests where they can be made.

import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import t from 'tap'
import { request as send } from 'undici'
import { completed, FIELDS, knownMetrics, linesOf, valueOf } from './known.ts'
import { createPacing } from '../../../src/pacing/pacing.ts'
import { createAuthority } from '../../support/certificates.ts'
import { startProgram } from '../../support/process.ts'
import { routeOf, startProxy, TEST_KEY } from '../../support/proxy.ts'
import type { TestProxy } from '../../support/proxy.ts'
import { startUpstream } from '../../support/upstream.ts'

async function pageWith (proxy: Pick<TestProxy, 'url'>, isThere: (text: string) => boolean): Promise<string> {
  const end = performance.now() + 20_000
  for (;;) {
    const text = await (await send(`${proxy.url}/-/metrics`)).body.text()
    if (isThere(text)) return text
    if (performance.now() > end) throw new Error(`not there:\n${text}`)
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}

/** What only the program says of itself changes all the time. */
function withoutProcess (text: string): string {
  return text.replace(/^nodejs_.*$/gm, '')
}

t.test('a key that stands where a prefix or the name of a credential should, is not on the page', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, prefix: `/${TEST_KEY}`, credential: TEST_KEY }] })
  await (await send(`${proxy.url}/${TEST_KEY}/runs`)).body.dump()
  t.notMatch(await pageWith(proxy, (text) => text.includes('status="200",source="upstream"')), TEST_KEY)
})

t.test('buckets hold what took at most as long, the last one all, and the sum is in seconds', async (t) => {
  const metrics = knownMetrics(t)
  for (const ms of [0, 5, 5.1, 60_000, 60_001]) metrics.emit(completed({ duration_ms: ms, upstream_ms: 1500, first_byte_ms: 2000, waited_ms: 400 }))
  const text = await metrics.text()
  const of = (le: string): number | undefined => valueOf(text, `langsmith_proxy_request_duration_seconds_bucket{le="${le}",route="/",source="upstream"}`)
  t.strictSame(['0.005', '0.01', '30', '60', '+Inf'].map(of), [2, 3, 3, 4, 5])
  const bounds = linesOf(text, 'langsmith_proxy_request_duration_seconds_bucket').map((line) => Number(/le="([^"]+)"/.exec(line)?.[1]?.replace('+Inf', 'Infinity')))
  t.strictSame(bounds, [...bounds].sort((a, b) => a - b), 'in rising order')
  t.equal(valueOf(text, 'langsmith_proxy_request_duration_seconds_count{route="/",source="upstream"}'), 5)
  t.match(valueOf(text, 'langsmith_proxy_request_duration_seconds_sum{route="/",source="upstream"}')?.toFixed(4), '120.0111')
  t.equal(valueOf(text, 'langsmith_proxy_upstream_duration_seconds_sum{route="/"}'), 7.5)
  t.equal(valueOf(text, 'langsmith_proxy_time_to_first_byte_seconds_sum{route="/"}'), 10)
  t.equal(valueOf(text, 'langsmith_proxy_pacing_wait_seconds_bucket{le="0.5",route="/"}'), 5)
  t.equal(await metrics.text().then(withoutProcess), withoutProcess(text), 'reading it changes nothing')
})

t.test('answers of the proxy itself are in no time of LangSmith\'s', async (t) => {
  const metrics = knownMetrics(t)
  metrics.emit(completed({ source: 'proxy', status: 502, upstream_ms: undefined, first_byte_ms: undefined }))
  const text = await metrics.text()
  t.equal(valueOf(text, 'langsmith_proxy_request_duration_seconds_count{route="/",source="proxy"}'), 1)
  t.strictSame([...linesOf(text, 'langsmith_proxy_upstream_duration_seconds_count'), ...linesOf(text, 'langsmith_proxy_time_to_first_byte_seconds_count')], [])
})

t.test('an open dashboard is no slow request', async (t) => {
  const metrics = knownMetrics(t)
  metrics.emit(completed({ route: undefined, source: 'proxy', duration_ms: 300_000, upstream_ms: undefined, first_byte_ms: undefined }))
  const text = await metrics.text()
  t.equal(valueOf(text, 'langsmith_proxy_requests_total{route="",method="read",status="200",source="proxy"}'), 1)
  t.strictSame(linesOf(text, 'langsmith_proxy_request_duration_seconds_count'), [])
})

t.test('each method has its class', async (t) => {
  const metrics = knownMetrics(t)
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'BREW', '__proto__', 'constructor']) metrics.emit(completed({ method }))
  const text = await metrics.text()
  const counts = ['read', 'write', 'delete', 'other'].map((method) => valueOf(text, `langsmith_proxy_requests_total{route="/",method="${method}",status="200",source="upstream"}`))
  t.strictSame(counts, [3, 3, 1, 3])
})

t.test('bytes, who broke off, connections and the TLS that they speak, from real requests', async (t) => {
  const authority = createAuthority()
  const upstream = await startUpstream(t, {
    tls: authority.issue(),
    listener (request, response) {
      if (request.url === '/hangs') return
      request.resume().on('end', () => { response.writeHead(200, { 'content-length': '5' }).end('12345') })
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, overrides: { caFile: 'ca.pem' } }], authorities: new Map([['ca.pem', authority.cert]]) })
  await (await send(`${proxy.url}/runs`, { method: 'POST', body: 'abc' })).body.dump()
  const leave = new AbortController()
  const left = send(`${proxy.url}/hangs`, { signal: leave.signal })
  const busy = await pageWith(proxy, (text) => valueOf(text, 'langsmith_proxy_upstream_connections{route="/",state="busy"}') === 1)
  t.equal(valueOf(busy, 'langsmith_proxy_upstream_connections{route="/",state="idle"}'), 0, 'the one that was there is used again')
  t.equal(valueOf(busy, 'langsmith_proxy_upstream_connections_opened_total{route="/",tls="TLSv1.3"}'), 1)
  t.equal(valueOf(busy, 'langsmith_proxy_upstream_connect_seconds_count{route="/"}'), 1)
  leave.abort()
  await t.rejects(left)
  const text = await pageWith(proxy, (text) => valueOf(text, 'langsmith_proxy_requests_aborted_total{route="/",by="client"}') === 1)
  t.equal(valueOf(text, 'langsmith_proxy_request_body_bytes_total{route="/"}'), 3)
  t.equal(valueOf(text, 'langsmith_proxy_response_body_bytes_total{route="/"}'), 5)
  t.equal(valueOf(text, 'langsmith_proxy_time_to_first_byte_seconds_count{route="/"}'), 1)
  t.equal(valueOf(text, 'langsmith_proxy_upstream_failures_total{route="/",code="upstream-tls"}'), 0, 'counted from 0, so that the first one is a rise')
  t.equal(valueOf(text, 'langsmith_proxy_credential_answers_total{credential="/",version="69434166",result="refused"}'), 0)
})

t.test('what was spent of a budget, and what is left of it', async (t) => {
  let now = 0
  const pacing = createPacing(() => now)
  t.teardown(() => { pacing.close() })
  const route = routeOf({ upstream: 'https://api.example', credential: 'us' })
  const gone = routeOf({ upstream: 'https://api.example', credential: 'gone' })
  const settings = { isOn: true, maxWait: 1000, maxWaiting: 10, share: 1, budgets: { query: { count: 10, seconds: 10 } } }
  const [pacer, other] = [pacing.forRoute(route, settings), pacing.forRoute(gone, settings)]
  for (let i = 0; i < 4; i++) pacer?.pace('ana', 'query')
  pacer?.pace('bo', 'query')
  pacer?.refused('query', 7)
  other?.pace('ana', 'query')
  now += 1000
  const wait = pacer?.pace('ana', 'other')
  t.equal(wait, 'go')
  const metrics = knownMetrics(t, { budgets: pacing.uses, credentials: () => [{ name: 'us', secretRef: 'env:A', current: undefined }] })
  const text = await metrics.text()
  const of = (name: string, budget = 'query'): number | undefined => valueOf(text, `langsmith_proxy_${name}{credential="us",upstream="api.example",budget="${budget}"}`)
  t.strictSame(['budget_used_requests', 'budget_limit_requests', 'budget_window_seconds', 'pacing_blocked_seconds', 'pacing_waiting_requests'].map((name) => of(name)), [5, 10, 10, 6, 0])
  t.equal(of('budget_limit_requests', 'other'), undefined, 'nothing is published for this host')
  t.notMatch(text, /credential="gone"/, 'a reload took it away')
  t.equal(valueOf(text, 'langsmith_proxy_credential_available{credential="us"}'), 0)
})

t.test('files that were read again are counted, in use or with a mistake', async (t) => {
  const metrics = knownMetrics(t)
  metrics.emit({ event: 'clients.reloaded', added: [], removed: [], changed: [] })
  metrics.emit({ event: 'config.rejected', by: 'file', code: 'config-invalid', message: 'm', hint: 'h' })
  metrics.emit({ event: 'internal.failed', name: 'n', reason: 'r' })
  metrics.emit({ event: 'upstream.retried', ...FIELDS, route: '/', reason: 'ECONNRESET' })
  const text = await metrics.text()
  const counted = text.split('\n').filter((line) => /^[^#].*_(reloads|internal_errors|upstream_retries)_total\S* [^0]/.test(line))
  t.strictSame(counted, [
    'langsmith_proxy_upstream_retries_total{route="/"} 1', 'langsmith_proxy_reloads_total{file="config",result="rejected"} 1', 'langsmith_proxy_reloads_total{file="clients",result="used"} 1', 'langsmith_proxy_internal_errors_total 1'
  ])
  t.equal(valueOf(text, 'langsmith_proxy_certificate_expires_timestamp_seconds'), 2e9)
})

t.test('an event loop that was blocked is seen, and what was told is not told again', async (t) => {
  const metrics = knownMetrics(t)
  t.strictSame(linesOf(await metrics.text(), 'nodejs_eventloop_lag_max_seconds'), [], 'nobody has looked yet')
  await new Promise((resolve) => { setTimeout(resolve, 500) })
  const end = performance.now() + 800
  while (performance.now() < end);
  await new Promise((resolve) => { setTimeout(resolve, 500) })
  const most = valueOf(await metrics.text(), 'nodejs_eventloop_lag_max_seconds') ?? 0
  t.ok(most > 0.5, String(most))
  await new Promise((resolve) => { setTimeout(resolve, 500) })
  t.ok((valueOf(await metrics.text(), 'nodejs_eventloop_lag_max_seconds') ?? 9) < most)
})

t.test('the program tells what its process uses', async (t) => {
  const upstream = await startUpstream(t)
  const program = await startProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url } })
  const text = await pageWith(program, () => true)
  t.ok((valueOf(text, 'process_resident_memory_bytes') ?? 0) > 2 ** 24)
  t.ok((valueOf(text, 'nodejs_heap_size_used_bytes') ?? 0) > 2 ** 20)
  t.ok((valueOf(text, 'process_cpu_seconds_total') ?? 0) > 0.01)
  t.ok(Math.abs((valueOf(text, 'process_start_time_seconds') ?? 0) - Date.now() / 1000) < 100)
  if (readdirSync('/').includes('proc')) t.ok((valueOf(text, 'process_open_fds') ?? 0) > 5 && (valueOf(text, 'process_max_fds') ?? 0) > 100)
})

// The Prometheus page: the series, their labels, and that neither grows with what clients send.

import { Readable } from 'node:stream'
import t from 'tap'
import { request as send } from 'undici'
import type { Diagnosis } from '../../../src/diagnosis/diagnosis.ts'
import { createMetrics } from '../../../src/observe/metrics.ts'
import { startProxy } from '../../support/proxy.ts'
import type { TestProxy } from '../../support/proxy.ts'
import { rawRequest, sendRaw } from '../../support/raw.ts'
import { startUpstream } from '../../support/upstream.ts'

async function page (proxy: TestProxy): Promise<string> {
  return (await send(`${proxy.url}/-/metrics`)).body.text()
}

/** Value of a series; undefined where it is not there. */
function valueOf (text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

async function eventually (proxy: TestProxy, series: string, value: number): Promise<string> {
  const end = performance.now() + 5000
  for (;;) {
    const text = await page(proxy)
    if (valueOf(text, series) === value) return text
    if (performance.now() > end) throw new Error(`${series} is not ${value}:\n${text}`)
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

t.test('no path, query, host or client text becomes a label, so the page cannot grow', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const once = async (i: number): Promise<void> => {
    await sendRaw(proxy.port, rawRequest('GET', `/canary-${i}?q=canary-${i}`, [`User-Agent: canary-${i}`, 'Connection: close']))
    await sendRaw(proxy.port, `GET /canary-${i} HTTP/1.1\r\nHost: canary-${i}.example\r\nConnection: close\r\n\r\n`)
    await sendRaw(proxy.port, rawRequest('GET', `/-/canary-${i}`, ['Connection: close']))
    await sendRaw(proxy.port, `CANARY${i} / HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  }
  await once(0)
  await page(proxy) // it counts itself, too
  const before = await page(proxy)
  await Promise.all(Array.from({ length: 20 }, (_, i) => once(i + 1)))
  const after = await page(proxy)
  t.notMatch(after, /canary/i)
  const mayComeLater = /^nodejs_eventloop_lag_|^langsmith_proxy_requests_aborted_total\{route="\/",by="client"\}/ // once time has gone by, or a client was in a hurry
  const seriesOf = (text: string): readonly string[] => text.split('\n').filter((line) => !line.startsWith('#') && !mayComeLater.test(line)).map((line) => line.replace(/ \S*$/, ''))
  t.strictSame(seriesOf(after), seriesOf(before))
})

t.test('requests are counted by route, class of method, status and source', async (t) => {
  const upstream = await startUpstream(t, { answer: (request, response) => { response.writeHead(request.method === 'POST' ? 202 : 403).end() } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }, { upstream: 'http://127.0.0.1:9', prefix: '/down' }] })
  await send(`${proxy.url}/runs`, { method: 'POST', body: '{}' })
  await send(`${proxy.url}/runs`, { method: 'POST', body: '{}' })
  await send(`${proxy.url}/runs`)
  await send(`${proxy.url}/down/runs`)
  await send(`${proxy.url}/-/nothing`)
  await send(`${proxy.url}/runs`, { headers: { origin: 'http://evil.example' } })
  await sendRaw(proxy.port, 'nonsense\r\n\r\n')
  const text = await eventually(proxy, 'langsmith_proxy_denials_total{code="request-ambiguous"}', 1)
  const expected: Readonly<Record<string, number>> = {
    'langsmith_proxy_requests_total{route="/",method="write",status="202",source="upstream"}': 2,
    'langsmith_proxy_requests_total{route="/",method="read",status="403",source="upstream"}': 1,
    'langsmith_proxy_requests_total{route="/down",method="read",status="502",source="proxy"}': 1,
    'langsmith_proxy_requests_total{route="",method="read",status="421",source="proxy"}': 1,
    'langsmith_proxy_requests_total{route="",method="read",status="403",source="proxy"}': 1,
    'langsmith_proxy_request_duration_seconds_count{route="/",source="upstream"}': 3,
    'langsmith_proxy_request_duration_seconds_bucket{le="+Inf",route="/",source="upstream"}': 3,
    'langsmith_proxy_denials_total{code="no-route"}': 1,
    'langsmith_proxy_denials_total{code="browser-request"}': 1,
    'langsmith_proxy_denials_total{code="upstream-unreachable"}': 1,
    langsmith_proxy_requests_in_flight: 1, // the one that asks
    langsmith_proxy_log_lines_lost_total: 0
  }
  for (const [series, value] of Object.entries(expected)) t.equal(valueOf(text, series), value, series)
  t.match(text, /^langsmith_proxy_refusals_total\{route="\/",status="403",code="[a-z-]+"\} 1$/m)
  t.match(text, new RegExp(`^langsmith_proxy_build_info\\{version="test",node="${process.version}"\\} 1$`, 'm'))
})

t.test('other explained answers, and what read-only calls found out, are counted by cause', async (t) => {
  const metrics = createMetrics({ build: { version: 'test', node: 'test' }, maskText: (text) => text, inFlight: () => 0, lostLines: () => 0, credentials: () => [], ways: () => [], budgets: () => [], now: Date.now })
  t.teardown(() => { metrics.close() })
  const fields = { reqId: '1', method: 'GET', path: '/x', credential: 'us', secret_ref: 'env:A', fingerprint: '00000000', excerpt: '' }
  const because = (code: string): Diagnosis => ({ code, summary: 's', causes: [], probed: false })
  for (let i = 0; i < 3; i++) metrics.emit({ event: 'answer.diagnosed', ...fields, route: '/', status: 429, diagnosis: because('rate-limit') })
  metrics.emit({ event: 'refusal.explained', ...fields, status: 403, diagnosis: because('key-revoked') })
  const text = await metrics.text()
  t.equal(valueOf(text, 'langsmith_proxy_answers_diagnosed_total{route="/",status="429",code="rate-limit"}'), 3)
  t.equal(valueOf(text, 'langsmith_proxy_refusals_explained_total{route="",status="403",code="key-revoked"}'), 1)
  t.notMatch(text, /^langsmith_proxy_refusals_total\{/m)
})

t.test('a flood of refusals is counted in full, although the log is not', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail":"Invalid token"}') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  for (let i = 0; i < 12; i++) await (await send(`${proxy.url}/runs`)).body.dump()
  t.match(await page(proxy), /^langsmith_proxy_refusals_total\{route="\/",status="401",code="[a-z-]+"\} 12$/m)
  t.equal(proxy.events.filter(({ event }) => event === 'refusal.diagnosed').length, 5)
})

t.test('the requests in flight are back to none after clients and upstreams left', async (t) => {
  const upstream = await startUpstream(t, {
    listener (request, response) {
      if (request.url === '/cut') response.writeHead(200, { 'content-length': '100' }).write('part', () => { response.destroy() })
      if (request.url === '/stream') response.writeHead(200).write('part')
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const leave = new AbortController()
  const left = ['/hangs', '/stream', '/hangs'].map((path) => send(proxy.url + path, { signal: leave.signal }).then(({ body }) => body.text()))
  const endless = new Readable({ read () {} })
  endless.push('part')
  const upload = send(`${proxy.url}/hangs`, { method: 'POST', signal: leave.signal, body: endless })
  const ends = Promise.allSettled([...left, upload])
  await eventually(proxy, 'langsmith_proxy_requests_in_flight', 5)
  leave.abort()
  t.same((await ends).map(({ status }) => status), Array.from({ length: 4 }, () => 'rejected'))
  await t.rejects(send(`${proxy.url}/cut`).then(({ body }) => body.text()))
  await eventually(proxy, 'langsmith_proxy_requests_in_flight', 1)
})

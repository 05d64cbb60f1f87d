// The page cannot grow without end, whatever configs come and go and whatever is answered: each metric has a bound of its
// series, and what is beyond it is counted together.

import fc from 'fast-check'
import t from 'tap'
import { completed, FIELDS, knownMetrics, linesOf } from './known.ts'
import { createSeries, OTHER } from '../../../src/observe/metrics/series.ts'
import type { ProxyEvent } from '../../../src/events.ts'

t.test('a thousand reloads with other routes, credentials and clients, and any status, stay below the bounds that are stated', async (t) => {
  let round = 0
  const credential = (): string => `credential-${round}`
  const metrics = knownMetrics(t, {
    budgets: () => Array.from({ length: 3000 }, (_, i) => ({ credential: credential(), upstream: `${i}.example`, budget: 'other', rate: { count: 1, seconds: 1 }, clients: [], waiting: 0, blocked: 0 })),
    credentials: () => [{ name: credential(), secretRef: 'env:A', current: undefined }]
  })
  for (; round < 1000; round++) {
    for (let i = 0; i < 12; i++) for (const event of someOf(`/${round}`, credential(), `client-${round}-${i}`, round)) metrics.emit(event)
    metrics.connected(`/${round}`, { seconds: 1, tls: 'TLSv1.3' })
    if (round % 100 === 0) await metrics.text()
  }
  const text = await metrics.text()
  for (const { name, type, most, lines } of metrics.descriptions) {
    const shown = type === 'histogram' ? ['_bucket', '_sum', '_count'].flatMap((part) => linesOf(text, name + part)) : linesOf(text, name)
    t.ok(shown.length <= most * lines, `${name}: ${shown.length} of ${most * lines}`)
  }
  const requests = linesOf(text, 'langsmith_proxy_requests_total')
  t.equal(requests.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0), 12_000, 'all are counted')
  t.ok(requests.some((line) => line.includes(`route="${OTHER}",method="read",status="200"`)), 'names become others first, and words stay')
  t.match(text, `langsmith_proxy_request_duration_seconds_count{route="${OTHER}",source="upstream"}`)
  t.match(text, `langsmith_proxy_denials_total{code="rate-limited",client="${OTHER}"}`)
})

/** Events of one client. */
function someOf (route: string, credential: string, client: string, round: number): readonly ProxyEvent[] {
  const fields = { ...FIELDS, route, credential, client }
  const status = round < 300 ? 200 : 200 + round % 400
  return [
    completed({ ...fields, fingerprint: String(round).padStart(8, '0'), status, waited_ms: 1 }),
    { event: 'request.denied', ...fields, code: 'rate-limited', status: 429, detail: 'd', hint: 'h' },
    { event: 'request.aborted', ...fields, by: 'client', duration_ms: 1, bytes_in: 0, bytes_out: 0 },
    { event: 'refusal.diagnosed', ...fields, secret_ref: 'env:A', fingerprint: '00000000', excerpt: '', status: 403, diagnosis: { code: 'key-revoked', summary: 's', causes: [], probed: false } },
    { event: 'upstream.failed', ...fields, code: 'upstream-timeout', upstream: 'u', reason: 'r', detail: 'd', hint: 'h' },
    { event: 'credential.rejected', credential, secret_ref: 'env:A', fingerprint: '1', kept: '2', status: 403 }
  ]
}

t.test('whatever the labels are, there are at most as many series as allowed, and nothing is lost', async (t) => {
  const labels = fc.record({ route: fc.nat(30).map(String), status: fc.nat(30).map(String) })
  fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.array(labels, { maxLength: 200 }), (most, all) => {
    const series = createSeries(most, () => ({ value: 0 }), (text) => text)
    for (const one of all) series.of(one).value++
    const kept = [...series.all()]
    return kept.length <= most && kept.reduce((sum, { value }) => sum + value.value, 0) === all.length
  }))
  t.pass()
})

t.test('a series that is there stays apart from the others when the rest is full', async (t) => {
  const series = createSeries(20, () => ({ value: 0 }), (text) => text)
  const first = series.of({ route: '/', status: 200 })
  for (let i = 0; i < 40; i++) series.of({ route: `/${i}`, status: i }).value++
  t.equal(series.of({ route: '/', status: 200 }), first)
  t.strictSame([...series.all()].slice(-3).map(({ labels, value }) => ({ ...labels, ...value })), [{ route: '/16', status: 16, value: 1 }, { route: OTHER, status: 17, value: 1 }, { route: OTHER, status: OTHER, value: 22 }])
})

t.test('a client may be called other, and is not mixed up with the others', async (t) => {
  t.notMatch(OTHER, /^[a-z][a-z0-9-]*$/)
  t.notMatch(OTHER, /^\//)
})

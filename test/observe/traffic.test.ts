// What the dashboard draws: kinds of answers, bytes and times in steps of ten seconds, for an hour.

import t from 'tap'
import type { RequestAborted, RequestCompleted } from '../../src/events.ts'
import { createTraffic, KEPT_S, STEP_S } from '../../src/observe/traffic.ts'

const completed = (fields: Partial<RequestCompleted>): RequestCompleted => ({
  event: 'request.completed', reqId: '1', method: 'GET', path: '/x', route: '/', status: 200, source: 'upstream', duration_ms: 9, bytes_in: 1, bytes_out: 10, ...fields
})
const aborted: RequestAborted = { event: 'request.aborted', reqId: '1', method: 'GET', path: '/x', route: '/', by: 'client', duration_ms: 1, bytes_in: 0, bytes_out: 5 }

t.test('each answer is counted as what it is', async (t) => {
  const traffic = createTraffic(() => 1_000_003_000)
  for (const status of [200, 204, 302, 401, 403, 404, 429, 500, 503]) traffic.emit(completed({ status }))
  traffic.emit(completed({ status: 421, source: 'proxy', code: 'no-route', route: undefined }))
  traffic.emit(aborted)
  t.strictSame(traffic.since(0), [{
    at: 1_000_000, succeeded: 3, refused: 2, clientErrors: 2, serverErrors: 2, denied: 1, cut: 1, bytesIn: 10, bytesOut: 105, p50: undefined, p95: undefined
  }])
})

t.test('the pages of the proxy are no traffic', async (t) => {
  const traffic = createTraffic(() => 0)
  traffic.emit(completed({ route: undefined, source: 'proxy' }))
  traffic.emit({ ...aborted, route: undefined })
  t.strictSame(traffic.since(0), [])
})

t.test('times are those of one step', async (t) => {
  let now = 0
  const traffic = createTraffic(() => now)
  for (let ms = 1; ms <= 100; ms++) traffic.emit(completed({ upstream_ms: ms }))
  now = STEP_S * 1000
  traffic.emit(completed({ upstream_ms: 1e9 }))
  const [first, second] = traffic.since(0)
  t.ok(first?.p50 !== undefined && first.p50 > 48 && first.p50 < 53, `p50 ${String(first?.p50)}`)
  t.ok(first?.p95 !== undefined && first.p95 > 93 && first.p95 < 97, `p95 ${String(first?.p95)}`)
  t.ok((second?.p50 ?? 0) > 3_000_000, 'whatever it was')
})

t.test('an hour is kept, also where nothing comes any more or the clock is set back', async (t) => {
  let now = 0
  const traffic = createTraffic(() => now)
  for (let step = 0; step < 1000; step++) {
    now = step * STEP_S * 1000
    traffic.emit(completed({}))
  }
  t.equal(traffic.since(0).length, KEPT_S / STEP_S)
  t.equal(traffic.since(now / 1000).length, 1)
  now -= 60_000
  traffic.emit(completed({}))
  t.equal(traffic.since(0).at(-1)?.succeeded, 2)
  now += 2 * KEPT_S * 1000
  t.strictSame(traffic.since(0), [])
})

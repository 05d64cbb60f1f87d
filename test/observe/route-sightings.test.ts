// What the dashboard says of the key of each route: what LangSmith last said, and to which version of the key.

import t from 'tap'
import type { ProxyEvent, RequestCompleted } from '../../src/events.ts'
import { createRouteSightings } from '../../src/observe/route-sightings.ts'

const answered = (fields: Partial<RequestCompleted>): RequestCompleted => ({
  event: 'request.completed', reqId: '1', method: 'GET', path: '/x', route: '/', credential: 'us', fingerprint: '0a1b2c3d', status: 200, source: 'upstream', duration_ms: 9, bytes_in: 1, bytes_out: 10, ...fields
})
const checked: ProxyEvent = { event: 'route.checked', route: '/', credential: 'us', secret_ref: 'env:KEY', fingerprint: '0a1b2c3d', result: 'refused', status: 403 }

t.test('nothing is known of a route before anything happened', async (t) => {
  t.strictSame(createRouteSightings(() => 5).of('/'), { check: undefined, answer: undefined })
})

t.test('answers that LangSmith did not give say nothing of the key', async (t) => {
  const sightings = createRouteSightings(() => 5)
  for (const event of [answered({ source: 'proxy', status: 403 }), answered({ fingerprint: undefined }), answered({ route: undefined })]) sightings.emit(event)
  sightings.emit({ event: 'request.aborted', reqId: '1', method: 'GET', path: '/x', route: '/', by: 'client', duration_ms: 1, bytes_in: 0, bytes_out: 5 })
  t.strictSame(sightings.of('/'), { check: undefined, answer: undefined })
})

t.test('401 and 403 refuse the key, what is about something else accepts it, and a defect of LangSmith\'s says nothing', async (t) => {
  const sightings = createRouteSightings(() => 5)
  for (const [status, result] of [[200, 'accepted'], [401, 'refused'], [404, 'accepted'], [403, 'refused'], [429, 'accepted'], [500, 'untold'], [503, 'untold']] as const) {
    sightings.emit(answered({ status }))
    t.strictSame(sightings.of('/').answer, { at: 5, fingerprint: '0a1b2c3d', result, status })
  }
})

t.test('checks and answers are kept apart, by route, each the last one', async (t) => {
  let now = 1
  const sightings = createRouteSightings(() => now++)
  for (const event of [checked, answered({}), answered({ route: '/eu', status: 403, fingerprint: '11111111' }), answered({ status: 401 })]) sightings.emit(event)
  t.strictSame(sightings.of('/'), { check: { at: 1, fingerprint: '0a1b2c3d', result: 'refused', status: 403 }, answer: { at: 4, fingerprint: '0a1b2c3d', result: 'refused', status: 401 } })
  t.match(sightings.of('/eu'), { check: undefined, answer: { at: 3, fingerprint: '11111111' } })
})

t.test('only an answer of the API says that a key works', async (t) => {
  const cases: readonly (readonly [ProxyEvent, string | undefined])[] = [
    [answered({ status: 200 }), 'accepted'], [answered({ status: 404 }), 'accepted'], [answered({ status: 401 }), 'refused'], [answered({ status: 503 }), 'untold'],
    [answered({ status: 200, page: true }), 'untold'], // a wrong address, a login of the company, the web page of LangSmith
    [answered({ status: 421, source: 'proxy' }), undefined], [answered({ status: 200, fingerprint: undefined }), undefined]
  ]
  for (const [event, result] of cases) {
    const sightings = createRouteSightings(() => 1)
    sightings.emit(event)
    t.equal(sightings.of('/').answer?.result, result, JSON.stringify(event))
  }
})

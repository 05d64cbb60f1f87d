// limits.requests: how many requests a client may send in a time, counted in the memory of the proxy.

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { limitClients } from '../../../src/access/limits/client-limits.ts'
import { NO_LIMITS } from '../../../src/config/limits.ts'
import { slotOf } from '../../support/proxy.ts'
import { eventsOf, limitsEnv, stage } from './support.ts'

t.test('where nothing is limited a request goes on at once, and not only after a promise', async (t) => {
  const limits = limitClients(() => {})
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  t.equal(limits.admit('ana', response), undefined)
  await limits.follow({ ...NO_LIMITS, inFlight: 1 }, undefined)
  t.equal(limits.admit('ana', response), undefined)
  t.equal(response.listenerCount('close'), 1)
  t.match(limits.admit('ana', response), { code: 'rate-limited' })
  await limits.follow({ ...NO_LIMITS, requests: { count: 1, seconds: 60, time: '1m' } }, undefined)
  t.equal(limits.admit(undefined, response), undefined, 'who has no name is not asked for')
  t.ok(limits.admit('ana', response) instanceof Promise)
})

t.test('one request too many goes nowhere, and the answer says which limit and when to come back', async (t) => {
  const { call, upstream, proxy } = await stage(t, { limits: { requests: '3/1m' } })
  for (let i = 0; i < 3; i++) t.equal((await call('ana')).status, 200)
  const { status, retryAfter = 0, body } = await call('ana')
  t.match([status, body.code, body.detail], [429, 'rate-limited', 'client ana has sent 3 requests within 1m, which is its limit (limits.requests)'])
  t.ok(retryAfter >= 55 && retryAfter <= 61, `Retry-After: ${retryAfter}`)
  t.equal(upstream.received.length, 3)
  t.equal((await call('bo')).status, 200, 'others have a count of their own')
  t.match(eventsOf(proxy, 'request.denied'), [{ code: 'rate-limited', client: 'ana', status: 429, detail: /limits\.requests/ }])
})

t.test('a client that waits as long as it was told gets through, and not before', async (t) => {
  const { call } = await stage(t, { limits: { requests: '2/2s' } })
  for (let round = 0; round < 3; round++) {
    t.equal((await call('ana')).status, 200)
    await delay(300 * round) // so that fractions of seconds are left
    t.equal((await call('ana')).status, 200)
    const refused = await call('ana')
    t.equal(refused.status, 429)
    t.ok(Number.isInteger(refused.retryAfter) && (refused.retryAfter ?? 0) >= 1 && (refused.retryAfter ?? 0) <= 3, `Retry-After: ${refused.retryAfter}`)
    await delay((refused.retryAfter ?? 0) * 1000)
  }
  t.equal((await call('ana')).status, 200)
})

t.test('many at once are counted one by one', async (t) => {
  const { call, upstream } = await stage(t, { limits: { requests: '20/1m' } })
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => call('ana', `/${i}`, i % 2 === 0 ? {} : { method: 'POST', body: 'x'.repeat(i * 1000) })))
  t.equal(answers.filter(({ status }) => status === 200).length, 20)
  t.equal(answers.filter(({ status }) => status === 429).length, 40)
  t.equal(upstream.received.length, 20)
})

t.test('bodies that came while the request was counted arrive whole', async (t) => {
  const { call, upstream } = await stage(t, { limits: { requests: '100/1m' } })
  const bodies = ['', 'a', 'b'.repeat(70_000), 'c'.repeat(3_000_000)]
  for (const body of bodies) t.equal((await call('ana', '/x', { method: 'POST', body })).status, 200)
  t.strictSame(upstream.received.map(({ body }) => body?.length), bodies.map(({ length }) => length))
})

t.test('what is denied for another reason, and the pages of the proxy, do not count', async (t) => {
  const { call } = await stage(t, { clients: { ana: { role: 'read-only' }, root: { role: 'admin' } }, limits: { requests: '1/1m' }, env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true' } })
  for (let i = 0; i < 3; i++) t.equal((await call('ana', '/runs/1', { method: 'DELETE' })).status, 403)
  t.equal((await call('ana', '/sessions')).status, 200)
  t.equal((await call('ana', '/sessions')).status, 429)
  t.equal((await call('ana', '/runs/1', { method: 'DELETE' })).status, 403, 'what may never be is said first')
  for (let i = 0; i < 3; i++) t.equal((await call('root', '/-/metrics')).status, 200)
  t.equal((await call('root')).status, 200)
})

t.test('what cannot go upstream for want of the key does not count', async (t) => {
  const slot = slotOf('late')
  const { current } = slot
  slot.current = undefined
  const { call } = await stage(t, { limits: { requests: '1/1m' }, slot })
  for (let i = 0; i < 3; i++) t.match(await call('ana'), { status: 503, body: { code: 'credential-unavailable' } })
  slot.current = current
  t.equal((await call('ana')).status, 200)
  t.equal((await call('ana')).status, 429)
})

t.test('callers without a client key are not limited', async (t) => {
  const { call, proxy } = await stage(t, { limits: { requests: '1/1m', inFlight: '1' } })
  for (let i = 0; i < 5; i++) t.equal((await call()).status, 200)
  t.strictSame(eventsOf(proxy, 'request.denied'), [])
})

t.test('a flood over the limit is one line and a count of the metrics', async (t) => {
  const { call, proxy } = await stage(t, { limits: { requests: '1/1m' } })
  for (let i = 0; i < 30; i++) await call('ana')
  await call('bo')
  await call('bo')
  t.match(eventsOf(proxy, 'request.denied').map(({ client }) => client), ['ana', 'bo'], 'each client is told of')
  const metrics = await (await fetch(`${proxy.url}/-/metrics`)).text()
  t.match(metrics, 'langsmith_proxy_denials_total{code="rate-limited",client="ana"} 29')
  t.notMatch(metrics, /^langsmith_proxy_redis_up /m)
})

t.test('a reload keeps the count where the limit stays, and begins anew with another one', async (t) => {
  const { call, proxy } = await stage(t, { limits: { requests: '2/1m' } })
  for (let i = 0; i < 2; i++) t.equal((await call('ana')).status, 200)
  await proxy.replaceSettings(limitsEnv({ requests: '2/1m', inFlight: '9' }))
  t.equal((await call('ana')).status, 429)
  await proxy.replaceSettings(limitsEnv({ requests: '3/1m' }))
  for (let i = 0; i < 3; i++) t.equal((await call('ana')).status, 200)
  t.match((await call('ana')).body.detail, /3 requests within 1m/)
  await proxy.replaceSettings({})
  for (let i = 0; i < 5; i++) t.equal((await call('ana')).status, 200, 'none')
})

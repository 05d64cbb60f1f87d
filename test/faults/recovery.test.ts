// An upstream that is away for a while: every request is told so at once, nothing is remembered against the upstream,
// and the first request after its return is served. There is no clock in it: three seconds show what an hour would.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import { startProxy } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

const AWAY_MS = 3000

t.test('an upstream that comes back is used with the first request after it, whatever happened meanwhile', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const ask = async (method: 'GET' | 'POST'): Promise<{ status: number, ms: number }> => {
    const began = performance.now()
    const { statusCode, body } = await request(`${proxy.url}/runs`, { method, body: method === 'POST' ? '{}' : null })
    await body.dump()
    return { status: statusCode, ms: performance.now() - began }
  }
  t.match(await ask('GET'), { status: 200 })

  const closed = once(upstream.server, 'close')
  upstream.server.close()
  upstream.server.closeAllConnections()
  await closed
  const began = performance.now()
  const statuses = new Set<number>()
  let slowest = 0
  let asked = 0
  while (performance.now() - began < AWAY_MS) {
    for (const { status, ms } of await Promise.all([ask('GET'), ask('POST'), ask('GET'), ask('POST')])) {
      statuses.add(status)
      slowest = Math.max(slowest, ms)
      asked++
    }
    await delay(10)
  }
  t.same([...statuses], [502], `all ${asked} requests were told`)
  t.ok(slowest < AWAY_MS, `at once: ${slowest.toFixed()} ms at most`)
  t.equal(upstream.received.length, 1)

  await once(upstream.server.listen(upstream.port, '127.0.0.1'), 'listening')
  t.match(await ask('POST'), { status: 200 }, 'the first one')
  t.match(await ask('GET'), { status: 200 })
  t.equal(upstream.received.length, 3, 'nothing was kept to be sent later')
  const told = proxy.events.filter(({ event }) => event === 'upstream.failed')
  t.ok(told.length <= 2, `${asked} failures are ${told.length} lines`)
})

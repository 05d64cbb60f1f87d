// Probes through the whole proxy: what leaves the machine, and what clients notice of it (nothing).

import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import type { RegionName } from '../../src/config/regions.ts'
import type { Route } from '../../src/routes/route.ts'
import type { ReceivedRequest } from '../../src/sandbox/ledger.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { keyOf, sandboxFor } from '../sandbox/support.ts'
import { routeOf, slotOf, startProxy } from '../support/proxy.ts'
import type { TestRoute } from '../support/proxy.ts'
import { piecesOf } from '../support/stored.ts'
import { until } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const PROBE = 'LANGSMITH_PROXY_DIAGNOSIS_PROBE'

/** A route to an address that counts as that of a region. */
function regional (url: string, region: RegionName, rest: Partial<TestRoute> = {}): TestRoute {
  return { upstream: url, ...rest, overrides: { upstream: upstreamAt(url, region), ...rest.overrides } }
}

function upstreamAt (url: string, region: RegionName): Route['upstream'] {
  return { ...routeOf({ upstream: url }).upstream, region }
}

function regionUpstreamOf (sandbox: Sandbox): (name: RegionName) => Route['upstream'] {
  return (name) => upstreamAt(sandbox.regions[name].url, name)
}

/** Requests of the proxy's own. */
function probesOf (sandbox: Sandbox): readonly ReceivedRequest[] {
  return sandbox.requests.filter(({ rawHeaders }) => rawHeaders.includes('langsmith-proxy'))
}

/** A request of a client that has much to say about itself. */
function refusedCall (url: string): ReturnType<typeof request> {
  return request(`${url}/runs?canary=query`, {
    method: 'POST', body: '{"canary":"body"}',
    headers: { 'content-type': 'application/json', 'x-api-key': 'canary-key', 'x-canary': 'header', cookie: 'canary=cookie', 'user-agent': 'canary/1.0', 'x-request-id': 'canary-id' }
  })
}

t.test('with off, nothing but the client\'s request leaves', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { routes: [regional(sandbox.regions.us.url, 'us', { key: keyOf('good-eu') })], env: { [PROBE]: 'off' }, regionUpstream: regionUpstreamOf(sandbox) })
  t.equal((await refusedCall(proxy.url)).statusCode, 403)
  await proxy.eventOf('refusal.diagnosed')
  await delay(200)
  t.same(sandbox.requests.map(({ region, url }) => `${region} ${url}`), ['us /runs?canary=query'])
})

t.test('with same-host, only the upstream that refused is asked, and gets nothing of the client', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { routes: [regional(sandbox.regions.us.url, 'us', { key: keyOf('good-eu') })], env: { [PROBE]: 'same-host' }, regionUpstream: regionUpstreamOf(sandbox) })

  const answer = await refusedCall(proxy.url)
  t.equal(answer.statusCode, 403)
  t.equal(await answer.body.text(), '{"error":"Forbidden"}\n')
  const explained = await proxy.eventOf('refusal.explained')

  t.equal(explained.diagnosis.probed, true)
  t.equal(sandbox.requests.length, 6)
  t.notOk(sandbox.requests.some(({ region }) => region !== 'us'), 'no other region is contacted')
  const known = new Set(['host', 'connection', 'accept', 'user-agent', 'x-api-key', 'x-langsmith-proxy-hop'])
  for (const { method, rawHeaders, bodyBytes } of probesOf(sandbox)) {
    t.match({ method, bodyBytes }, { method: 'GET', bodyBytes: 0 })
    t.same(rawHeaders.filter((name, i) => i % 2 === 0 && !known.has(name.toLowerCase())), [])
    t.notMatch(rawHeaders.join('\n'), /canary/)
  }
})

t.test('with regions, the others are asked once each', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { routes: [regional(sandbox.regions.us.url, 'us', { key: keyOf('good-eu') })], env: { [PROBE]: 'regions' }, regionUpstream: regionUpstreamOf(sandbox) })
  await Promise.all([1, 2, 3].map(() => refusedCall(proxy.url)))
  t.match((await proxy.eventOf('refusal.explained')).diagnosis, { code: 'key-other-region', probed: true })
  t.same(sandbox.requests.filter(({ region }) => region !== 'us').map(({ region, url }) => `${region} ${url}`), ['eu', 'apac', 'aws'].map((region) => `${region} /api/v1/sessions?limit=1`))
})

t.test('with regions, a self-hosted upstream\'s key stays there', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { routes: [{ upstream: `${sandbox.regions.us.url}/api/v1`, key: keyOf('good-eu') }], env: { [PROBE]: 'regions' }, regionUpstream: regionUpstreamOf(sandbox) })
  await refusedCall(proxy.url)
  await proxy.eventOf('refusal.explained')
  t.notOk(sandbox.requests.some(({ region }) => region !== 'us'))
})

t.test('an upstream of another route is asked only if it gets the same credential', async (t) => {
  const sandbox = await sandboxFor(t)
  const { us, eu, apac, aws } = sandbox.regions
  const credential = slotOf('shared', keyOf('good-eu'))
  const proxy = await startProxy(t, {
    routes: [
      regional(us.url, 'us', { overrides: { credential } }),
      regional(eu.url, 'eu', { prefix: '/eu', overrides: { credential } }),
      regional(us.url, 'us', { prefix: '/us', overrides: { credential } }),
      regional(apac.url, 'apac', { prefix: '/apac', key: keyOf('good-apac') }),
      regional(aws.url, 'aws', { prefix: '/aws', overrides: { credential: slotOf('same-key', keyOf('good-eu')) } })
    ],
    env: { [PROBE]: 'same-host' }
  })
  await refusedCall(proxy.url)
  await proxy.eventOf('refusal.explained')
  t.same(probesOf(sandbox).filter(({ region }) => region !== 'us').map(({ region, url }) => `${region} ${url}`), ['eu /api/v1/sessions?limit=1'])
})

t.test('a hundred refusals at once cost one round', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { routes: [regional(sandbox.regions.us.url, 'us', { key: keyOf('revoked-us') })], env: { [PROBE]: 'same-host' } })
  const answers = await Promise.all(Array.from({ length: 100 }, () => refusedCall(proxy.url)))
  await proxy.eventOf('refusal.explained')
  await refusedCall(proxy.url)
  t.ok(answers.every(({ statusCode }) => statusCode === 403))
  t.equal(probesOf(sandbox).length, 5)
  t.equal(sandbox.requests.length, 106)
})

t.test('the client\'s answer does not wait for probes, and after a close nothing of them is reported', async (t) => {
  const upstream = await startUpstream(t, {
    answer: ({ headers, url = '' }, response) => {
      const isStuck = headers['user-agent'] === 'langsmith-proxy' && url.includes('/sessions') // what came before it is a finding already
      if (!isStuck) response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"Forbidden"}\n')
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { [PROBE]: 'same-host' } })
  const startedAt = performance.now()
  const answer = await refusedCall(proxy.url)
  await answer.body.text()
  t.ok(performance.now() - startedAt < 1000)
  await until(() => upstream.received.length === 4, 'the third probe')

  const closedAt = performance.now()
  await proxy.proxy.close()
  t.ok(performance.now() - closedAt < 1500)
  await delay(100)
  t.same(proxy.events.map(({ event }) => event).filter((name) => ['refusal.explained', 'internal.failed'].includes(name)), [])
  t.equal(upstream.received.length, 4)
})

// The upstream gets the key with each probe, and may hand it back wherever it is asked for something.
t.test('no answer to a probe reaches an event or the log', async (t) => {
  const key = keyOf('good-us')
  const hex = key.slice(8, 40)
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
  const upstream = await startUpstream(t, {
    answer: ({ headers, url = '' }, response) => {
      const bodies: Readonly<Record<string, unknown>> = {
        '/api/v1/info': { version: key },
        '/api/v1/workspaces': [{ id, organization_id: id, display_name: `canary ${key}`, permissions: [`${hex.slice(0, 8)}:read`] }, { id: '1c9a6c1e-0000-4000-8000-000000000000', display_name: 'canary' }],
        '/api/v1/orgs/current/info': { tier: hex.slice(0, 8), sso_only: true },
        '/api/v1/workspaces/current/usage_limits': { in_reject_set: true, usage_limit_type: `x${hex}` }
      }
      const body = headers['user-agent'] === 'langsmith-proxy' ? bodies[url] : undefined
      response.writeHead(body === undefined ? 403 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? { detail: 'Forbidden' }))
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, key, workspaceId: '3e9a6c1e-0000-4000-8000-000000000000' }], env: { [PROBE]: 'same-host' } })
  await (await request(`${proxy.url}/sessions`)).body.dump()
  t.equal((await proxy.eventOf('refusal.explained')).diagnosis.probed, true)

  const seen = JSON.stringify(proxy.events) + proxy.rawLog()
  for (const piece of [...piecesOf(key), 'canary']) t.notMatch(seen, piece)
})

// The check of all keys at the start: who is asked, what is said, and what the ready page makes of it.

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { request } from 'undici'
import type { RouteChecked } from '../src/diagnosis/events.ts'
import { defaultWorld } from '../src/sandbox/default-world.ts'
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts'
import { slotOf, startProxy, type TestProxy, type TestProxyOptions } from './support/proxy.ts'
import { startProgram, type Serving } from './support/process.ts'
import { startUpstream } from './support/upstream.ts'

const LIST = '/api/v1/sessions?limit=1'
const WARN = { LANGSMITH_PROXY_STARTUP_CHECK: 'warn', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'same-host' }
/** Without probes: then each call that arrives is one of the check. */
const STRICT = { LANGSMITH_PROXY_STARTUP_CHECK: 'strict', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' }

async function sandboxFor (t: Test): Promise<Sandbox> {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  return sandbox
}

function keyOf (name: string): string {
  return defaultWorld().keys.find((key) => key.name === name)?.value ?? ''
}

async function statusOf (url: string, method: 'GET' | 'POST' = 'GET'): Promise<number> {
  const { statusCode, body } = await request(url, { method, ...(method === 'POST' ? { body: JSON.stringify({ id: 'f0000000-0000-4000-8000-000000000001', name: 'x', run_type: 'chain', start_time: '2026-01-01T00:00:00Z' }), headers: { 'content-type': 'application/json' } } : {}) })
  await body.dump()
  return statusCode
}

/** Waits until so many results are there. */
async function checked (proxy: TestProxy, count: number): Promise<readonly RouteChecked[]> {
  const end = performance.now() + 10_000
  for (;;) {
    const found = proxy.events.filter((event) => event.event === 'route.checked')
    if (found.length >= count) return found
    if (performance.now() > end) throw new Error(`only ${found.length} of ${count} routes were checked`)
    await delay(5)
  }
}

async function becomesReady (url: string): Promise<void> {
  const end = performance.now() + 15_000
  while (await statusOf(`${url}/-/ready`) !== 200) {
    if (performance.now() > end) throw new Error('it never became ready')
    await delay(20)
  }
}

t.test('nobody is asked with off, nor with warn when no call of our own may leave', async (t) => {
  for (const env of [{ LANGSMITH_PROXY_STARTUP_CHECK: 'off', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'same-host' }, { LANGSMITH_PROXY_STARTUP_CHECK: 'warn', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' }]) {
    const sandbox = await sandboxFor(t)
    const proxy = await startProxy(t, { env, routes: [{ upstream: sandbox.regions.us.url, key: keyOf('good-eu') }] })
    t.equal(await statusOf(`${proxy.url}/-/ready`), 200)
    await delay(300)
    t.equal(sandbox.requests.length, 0, JSON.stringify(env))
    t.equal(await statusOf(proxy.url + LIST), 403, 'the key is bad, so a check would have had something to say')
    t.notOk(proxy.events.some(({ event }) => event === 'route.checked'))
  }
})

t.test('warn says one line for each route, and holds nothing', async (t) => {
  const sandbox = await sandboxFor(t)
  const gateway = await startUpstream(t, { answer: (_request, response) => { response.writeHead(403, { 'content-type': 'text/html' }).end('<title>Blocked</title>') } })
  const shared = slotOf('shared', keyOf('good-us'))
  const us = sandbox.regions.us.url
  const proxy = await startProxy(t, {
    env: WARN,
    routes: [
      { upstream: us, overrides: { credential: shared } },
      { prefix: '/again', upstream: us, overrides: { credential: shared } },
      { prefix: '/eu', upstream: sandbox.regions.eu.url, overrides: { credential: shared } },
      { prefix: '/nobody', upstream: 'http://127.0.0.1:9' },
      { prefix: '/gate', upstream: gateway.url }
    ]
  })
  t.equal(await statusOf(`${proxy.url}/-/ready`), 200)
  const results = await checked(proxy, 5)
  t.same(new Map(results.map(({ route, result }) => [route, result])), new Map([['/', 'accepted'], ['/again', 'accepted'], ['/eu', 'refused'], ['/nobody', 'untold'], ['/gate', 'untold']]))
  const of = (prefix: string): RouteChecked | undefined => results.find(({ route }) => route === prefix)
  t.match(of('/'), { credential: 'shared', secret_ref: 'env:TEST_KEY', fingerprint: /^[0-9a-f]{8}$/, status: 200 })
  t.match(of('/eu'), { status: 403, diagnosis: { code: String, summary: String, causes: [{ fix: String }] } })
  t.match(of('/nobody'), { status: undefined, reason: 'ECONNREFUSED', diagnosis: undefined })
  t.match(of('/gate'), { status: 403, reason: /not from LangSmith/ })
  await delay(100)
  t.equal((await checked(proxy, 5)).length, 5, 'and that is all')
  t.equal(await statusOf(`${proxy.url}/-/ready`), 200, 'a bad key is no reason to be taken out of service')
  t.match(proxy.rawLog(), /"level":"warn".*LangSmith refuses the key of credential/)
  t.notMatch(proxy.rawLog(), keyOf('good-us').slice(8, 16))
})

t.test('a key that the check saw working is not called revoked when a write is refused', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { env: WARN, routes: [{ upstream: sandbox.regions.us.url, key: keyOf('viewer-us') }] })
  await checked(proxy, 1)
  t.equal(await statusOf(`${proxy.url}/runs`, 'POST'), 403)
  const { diagnosis } = await proxy.eventOf('refusal.diagnosed')
  t.match(diagnosis.causes[0], { code: 'permission-missing' })
})

t.test('an upstream that does not answer delays neither the start nor a request, and an end in between is quiet', async (t) => {
  const upstream = await startUpstream(t, { answer: (incoming, response) => { if (!(incoming.url ?? '').startsWith('/api/v1/sessions')) response.end('ok') } })
  const startedAt = performance.now()
  const proxy = await startProxy(t, { env: STRICT, routes: [{ upstream: upstream.url }] })
  t.equal(await statusOf(`${proxy.url}/-/live`), 200)
  t.equal(await statusOf(`${proxy.url}/-/startup`), 200)
  t.equal(await statusOf(`${proxy.url}/-/ready`), 503)
  t.equal(await statusOf(`${proxy.url}/info`), 200)
  t.ok(performance.now() - startedAt < 1500, 'the check waits for two seconds')
  t.match(await checked(proxy, 1), [{ result: 'untold', reason: /no answer within 2 seconds/ }])
  const other = await startProxy(t, { env: STRICT, routes: [{ upstream: upstream.url }] })
  await other.proxy.close()
  await delay(50)
  t.notMatch(other.rawLog(), /internal\.failed|route\.checked/)
})

t.test('strict is ready after the success of a client, but not because of a page that needs no key', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { env: STRICT, routes: [{ upstream: sandbox.regions.us.url, key: keyOf('ingest-us') }] })
  t.match(await checked(proxy, 1), [{ result: 'refused', status: 403 }], 'this key may not read')
  t.equal(await statusOf(`${proxy.url}/info`), 200)
  t.equal(await statusOf(`${proxy.url}/-/ready`), 503)
  t.equal(await statusOf(`${proxy.url}/runs`, 'POST'), 202)
  await becomesReady(proxy.url)
  t.equal(sandbox.requests.length, 3, 'with probe: off nothing more was asked')
})

t.test('strict asks again after a while, says only what is new, and then never again', async (t) => {
  let calls = 0
  const upstream = await startUpstream(t, { answer: (_request, response) => {
    response.writeHead(++calls > 1 ? 200 : 403, { 'content-type': 'application/json' }).end(calls > 1 ? '[]' : '{"detail":"Forbidden"}')
  } })
  const proxy = await startProxy(t, { env: STRICT, routes: [{ upstream: upstream.url }] })
  const results = await checked(proxy, 2)
  t.match(results, [{ result: 'refused' }, { result: 'accepted' }])
  t.equal(await statusOf(`${proxy.url}/-/ready`), 200)
  t.equal(calls, 2)
})

t.test('each upstream and credential is asked once; a reload asks for new and changed routes only, and strict waits for those', async (t) => {
  const sandbox = await sandboxFor(t)
  const options = (key: string): TestProxyOptions['routes'] => [{ prefix: '/new', upstream: sandbox.regions.eu.url, key: keyOf(key) }]
  const first = { upstream: sandbox.regions.us.url, overrides: { credential: slotOf('us', keyOf('good-us')) } }
  const same = { ...first, prefix: '/same' }
  const proxy = await startProxy(t, { env: STRICT, routes: [first, same] })
  t.match(await checked(proxy, 2), [{ route: '/', result: 'accepted' }, { route: '/same', result: 'accepted' }])
  t.equal(await statusOf(`${proxy.url}/-/ready`), 200)

  await proxy.replaceRoutes([first, same, ...options('good-us')])
  t.match((await checked(proxy, 3)).at(-1), { route: '/new', result: 'refused' })
  t.equal(await statusOf(`${proxy.url}/-/ready`), 503)

  await proxy.replaceRoutes([first, same, ...options('good-eu')])
  t.match((await checked(proxy, 4)).at(-1), { route: '/new', result: 'accepted' })
  t.equal(await statusOf(`${proxy.url}/-/ready`), 200)
  t.same(sandbox.requests.map(({ region }) => region), ['us', 'eu', 'eu'])
})

/** Puts a file in place as careful programs do. */
function put (path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

async function startWithFile (t: Test, upstream: string, key: string | undefined, args: readonly string[] = []): Promise<Serving & { keyFile: string }> {
  const folder = t.testdir({})
  const keyFile = join(folder, 'key')
  if (key !== undefined) put(keyFile, key)
  const config = `credentials: { us: { apiKey: "file:${keyFile}" } }\nroutes: [{ prefix: /, upstream: "${upstream}", credential: us }]\n`
  put(join(folder, 'config.yaml'), config)
  return { ...await startProgram(t, ['--config', join(folder, 'config.yaml'), ...args], { env: STRICT }), keyFile }
}

t.test('strict is ready as soon as a good key is in the place of a refused one', async (t) => {
  const sandbox = await sandboxFor(t)
  const program = await startWithFile(t, sandbox.regions.us.url, keyOf('revoked-us'))
  await program.until('the check', () => program.lines('route.checked')[0])
  t.equal(await statusOf(`${program.url}/-/ready`), 503)
  put(program.keyFile, keyOf('good-us'))
  await program.until('the rotation', () => program.lines('credential.rotated')[0])
  t.equal(await statusOf(`${program.url}/-/ready`), 200)
})

t.test('a key that is not there yet is asked about when it comes', async (t) => {
  const sandbox = await sandboxFor(t)
  const program = await startWithFile(t, sandbox.regions.us.url, undefined, ['--allow-missing-secrets'])
  await delay(100)
  t.equal(sandbox.requests.length, 0)
  put(program.keyFile, keyOf('good-us'))
  t.match(await program.until('the check', () => program.lines('route.checked')[0]), { result: 'accepted' })
  t.equal(await statusOf(`${program.url}/-/ready`), 200)
  t.equal(sandbox.requests.length, 1)
})

t.test('a late answer of the upstream before does not open the ready page for the one after', async (t) => {
  let finish = (): void => {}
  const json = { 'content-type': 'application/json' }
  const before = await startUpstream(t, { answer: (incoming, response) => {
    if (incoming.url === LIST) response.writeHead(200, json).end('[]')
    else finish = () => { response.writeHead(200, json).end('[]') }
  } })
  const after = await startUpstream(t, { answer: (_incoming, response) => { response.writeHead(403, json).end('{"detail":"Forbidden"}') } })
  const proxy = await startProxy(t, { env: STRICT, routes: [{ upstream: before.url }] })
  await becomesReady(proxy.url)
  const late = statusOf(`${proxy.url}/api/v1/sessions`)
  for (let tries = 0; tries < 200 && before.received.length < 2; tries++) await delay(10)
  await proxy.replaceRoutes([{ upstream: after.url }])
  await checked(proxy, 2)
  finish()
  t.equal(await late, 200)
  await delay(100)
  t.equal(await statusOf(`${proxy.url}/-/ready`), 503)
  t.match(proxy.events.filter((event) => event.event === 'route.checked').at(-1), { result: 'refused', diagnosis: { code: 'key-or-workspace-refused' } }, 'what worked elsewhere says nothing here')
})

t.test('a few keys are tried at the same time, not all of them', async (t) => {
  let open = 0
  let most = 0
  const upstream = await startUpstream(t, { listener: (incoming, response) => {
    const isTry = incoming.url === LIST // not the question when an accepted key ends
    if (isTry) most = Math.max(most, ++open)
    setTimeout(() => {
      if (isTry) open--
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
    }, 20)
  } })
  const routes = Array.from({ length: 40 }, (_, at) => ({ upstream: upstream.url, prefix: `/r${at}`, key: `lsv2_pt_${String(at).padStart(2, '0').repeat(16)}_0123456789` }))
  const proxy = await startProxy(t, { env: WARN, routes })
  await checked(proxy, 40)
  t.ok(most <= 8, `${most} at once`)
})

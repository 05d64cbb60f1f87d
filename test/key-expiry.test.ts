// The end of a key as LangSmith tells it: when it is asked, what is made of the answer, and that nobody waits for it.

import { renameSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { request } from 'undici'
import { defaultWorld } from '../src/sandbox/default-world.ts'
import { startSandbox } from '../src/sandbox/sandbox.ts'
import type { Sandbox } from '../src/sandbox/sandbox.ts'
import { Secret } from '../src/secrets/secret.ts'
import { CredentialSlot } from '../src/secrets/slot.ts'
import { keyOf } from './sandbox/support.ts'
import { startProgram } from './support/process.ts'
import { slotOf, startProxy, TEST_KEY } from './support/proxy.ts'
import type { TestProxy } from './support/proxy.ts'
import { until } from './support/raw-upstream.ts'
import { startUpstream, valuesOf } from './support/upstream.ts'
import type { Answer, Upstream } from './support/upstream.ts'

const DAY_MS = 86_400_000
const LIST = '/api/v1/sessions?limit=1'
const KEYS = '/api/v1/api-key'
const ASKS = { LANGSMITH_PROXY_STARTUP_CHECK: 'warn', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'same-host' }

function shortOf (key: string): string {
  return `${key.slice(0, 12)}...${key.slice(-4)}`
}

function inDays (days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}

/** A sandbox in which the key service-us ends. */
async function sandboxUntil (t: Test, expiresAt: Date): Promise<Sandbox> {
  const { keys, ...rest } = defaultWorld()
  const sandbox = await startSandbox({ world: { ...rest, keys: keys.map((key) => key.name === 'service-us' ? { ...key, expiresAt } : key) } })
  t.teardown(() => sandbox.close())
  return sandbox
}

/** A LangSmith that accepts every key; `answer` gives its list of keys. */
function langsmith (t: Test, answer: Answer): Promise<Upstream> {
  return startUpstream(t, { answer (incoming, response, body) {
    if (incoming.url === KEYS) answer(incoming, response, body)
    else response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
  } })
}

function json (response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function askedOf ({ received }: Upstream): number {
  return received.filter(({ url }) => url === KEYS).length
}

function named (proxy: TestProxy, name: string): number {
  return proxy.events.filter(({ event }) => event === name).length
}

async function textOf (url: string): Promise<string> {
  return (await request(url)).body.text()
}

t.test('a key that LangSmith does not want to tell about is not told about, and nobody waits', async (t) => {
  const ends = inDays(10)
  const row = { short_key: shortOf(TEST_KEY), expires_at: ends }
  const answers: Readonly<Record<string, Answer>> = {
    'no right to list keys': (_incoming, response) => { json(response, { detail: 'Forbidden' }, 403) },
    'no such page': (_incoming, response) => { json(response, { detail: 'Not Found' }, 404) },
    'an error': (_incoming, response) => { json(response, [row], 500) },
    'a web page': (_incoming, response) => { response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>') },
    'a gateway': (_incoming, response) => { response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Blocked</html>') },
    'a redirect': (_incoming, response) => { response.writeHead(302, { location: '/login' }).end() },
    'another form': (_incoming, response) => { json(response, { keys: [row] }) },
    'two such keys': (_incoming, response) => { json(response, [row, row]) },
    'the keys of others': (_incoming, response) => { json(response, [{ ...row, short_key: 'lsv2_pt_0000...0000' }]) },
    'an end that is no date': (_incoming, response) => { json(response, [{ ...row, expires_at: Date.parse(ends) }]) },
    'no end': (_incoming, response) => { json(response, [{ ...row, expires_at: null }]) },
    'too much': (_incoming, response) => { json(response, [row, ...Array.from({ length: 20_000 }, () => ({ short_key: 'x'.repeat(100) }))]) },
    'half an answer': (_incoming, response) => { response.writeHead(200, { 'content-length': '1000' }).write(JSON.stringify([row]), () => { response.destroy() }) },
    'no answer': (_incoming, response) => { response.destroy() },
    silence: () => {},
    'silence after the head': (_incoming, response) => { response.writeHead(200, { 'content-type': 'application/json' }).write('[') }
  }
  await Promise.all(Object.entries(answers).map(async ([name, answer]) => {
    const upstream = await langsmith(t, answer)
    const proxy = await startProxy(t, { env: { ...ASKS, LANGSMITH_PROXY_STARTUP_CHECK: 'strict' }, routes: [{ upstream: upstream.url }] })
    await until(() => askedOf(upstream) === 1, `${name}: the question`)
    const askedAt = performance.now()
    t.equal((await request(`${proxy.url}/-/ready`)).statusCode, 200, `${name}: it is ready before the answer`)
    t.equal(await textOf(proxy.url + LIST), '[]')
    t.ok(performance.now() - askedAt < 1500, `${name}: the question may take two seconds`)
    await delay(name.startsWith('silence') ? 2300 : 100)
    t.equal(await textOf(proxy.url + LIST), '[]')
    t.equal(askedOf(upstream), 1, `${name}: asked once`)
    t.equal(named(proxy, 'credential.expiring'), 0, name)
    t.notMatch(proxy.rawLog(), /api-key|internal\.failed|"level":"(warn|error)"/, `${name}: nothing of it is in the log`)
    t.notMatch(await textOf(`${proxy.url}/-/metrics`), /expires_timestamp_seconds\{/, name)
  }))
})

t.test('nobody is asked with probe: off, about a key that was refused, or about one whose place says its end', async (t) => {
  const sandbox = await sandboxUntil(t, new Date(inDays(10)))
  const { url } = sandbox.regions.us
  const ownDate = slotOf('own', keyOf('service-us'))
  if (ownDate.current !== undefined) ownDate.current = { ...ownDate.current, expiresAt: Date.now() + 50 * DAY_MS }
  for (const [name, env, route] of [
    ['off', { LANGSMITH_PROXY_STARTUP_CHECK: 'strict', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' }, { upstream: url, key: keyOf('service-us') }],
    ['refused', ASKS, { upstream: url, key: keyOf('revoked-us') }],
    ['its own date', ASKS, { upstream: url, overrides: { credential: ownDate } }]
  ] as const) {
    const proxy = await startProxy(t, { env, routes: [route] })
    await proxy.eventOf('route.checked')
    await textOf(proxy.url + LIST)
    await delay(150)
    t.notOk(sandbox.requests.some(({ url }) => url === KEYS), name)
    t.equal(named(proxy, 'credential.expiring'), 0, name)
  }
})

t.test('a key that may list keys and ends in ten days: one question, one warning, one metric', async (t) => {
  const end = new Date(inDays(10))
  const sandbox = await sandboxUntil(t, end)
  const { url } = sandbox.regions.us
  const shared = slotOf('shared', keyOf('service-us'))
  const twin = { upstream: url, prefix: '/twin', key: keyOf('service-us') }
  const proxy = await startProxy(t, { env: ASKS, routes: [{ upstream: url, overrides: { credential: shared } }, { upstream: url, prefix: '/again', overrides: { credential: shared } }, twin] })
  t.match(await proxy.eventOf('credential.expiring'), { credential: 'shared', secret_ref: 'env:TEST_KEY', fingerprint: shared.current?.apiKey.fingerprint, expires_at: end.toISOString(), days_left: 10 })
  for (let at = 0; at < 5; at++) await textOf(proxy.url + LIST)
  await until(() => named(proxy, 'route.checked') === 3, 'all checks')
  await until(() => named(proxy, 'credential.expiring') === 2, 'the warning of the other credential with this key')
  await delay(100)
  t.equal(named(proxy, 'credential.expiring'), 2, 'one for each credential')
  t.equal(sandbox.requests.filter(({ url }) => url === KEYS).length, 1, 'asked once')
  t.match(await textOf(`${proxy.url}/-/metrics`), `langsmith_proxy_credential_expires_timestamp_seconds{credential="shared"} ${end.getTime() / 1000}\n`)
  t.match(proxy.rawLog(), /"level":"warn".*expires in 10 days/)

  const next = slotOf('shared', keyOf('service-us'))
  await proxy.replaceRoutes([{ upstream: url, overrides: { credential: next } }])
  await until(() => next.current?.upstreamExpiresAt === end.getTime(), 'the end for a credential that a reload made anew')
  t.equal(sandbox.requests.filter(({ url }) => url === KEYS).length, 1, 'what LangSmith said once is remembered')
})

t.test('a question that a reload cuts off is asked again', async (t) => {
  let held = 0
  const upstream = await langsmith(t, (_incoming, response) => { if (++held > 1) json(response, [{ short_key: shortOf(TEST_KEY), expires_at: inDays(2) }]) })
  const credential = slotOf('us')
  const route = { upstream: upstream.url, overrides: { credential } }
  const proxy = await startProxy(t, { env: ASKS, routes: [route] })
  await until(() => held === 1, 'the question')
  await proxy.replaceRoutes([route])
  t.match(await proxy.eventOf('credential.expiring'), { days_left: 2 })
  t.equal(askedOf(upstream), 2)
})

t.test('a key that has ended since: the refusal is explained with the end that LangSmith told', async (t) => {
  const sandbox = await sandboxUntil(t, new Date(Date.now() + 2500))
  const proxy = await startProxy(t, { env: ASKS, routes: [{ upstream: sandbox.regions.us.url, key: keyOf('service-us') }] })
  t.match(await proxy.eventOf('credential.expiring'), { days_left: 1 })
  await until(() => named(proxy, 'credential.expiring') === 2, 'the end')
  t.match(proxy.events.filter(({ event }) => event === 'credential.expiring').at(-1), { days_left: 0 })
  await textOf(proxy.url + LIST)
  const { diagnosis } = await proxy.eventOf('refusal.diagnosed')
  t.match(diagnosis.causes[0], { code: 'key-expired', summary: /has expired: LangSmith told this end before\.$/ })
})

/** Puts a file in place as careful programs do. */
function put (path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

t.test('a new key is asked about when LangSmith has accepted it; what comes late about the old one is not used', async (t) => {
  const [before, after] = ['0a1b2c3d', '4e5f6071'].map((word) => `lsv2_sk_${word.repeat(4)}_${word.repeat(2).slice(0, 10)}`) as [string, string]
  let answerLate = (): void => {}
  const upstream = await langsmith(t, (incoming, response) => {
    const key = valuesOf(incoming.rawHeaders, 'x-api-key')[0] ?? ''
    const answer = (): void => { json(response, [{ short_key: shortOf(before), expires_at: inDays(2) }, { short_key: shortOf(after), expires_at: inDays(12) }]) }
    if (key === before) answerLate = answer
    else answer()
  })
  const folder = t.testdir({ 'config.yaml': `credentials: { us: { apiKey: "file:key" } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]\n` })
  put(join(folder, 'key'), before)
  const program = await startProgram(t, ['--config', join(folder, 'config.yaml')], { env: ASKS })
  await program.until('the question about the first key', () => askedOf(upstream) === 1 || undefined)
  put(join(folder, 'key'), after)
  const told = await program.until('the warning', () => program.lines('credential.expiring')[0])
  answerLate()
  t.match(told, { fingerprint: new Secret(after).fingerprint, days_left: 12 })
  await delay(200)
  t.equal(program.lines('credential.expiring').length, 1, 'the first key is not in use any more')
  t.equal(askedOf(upstream), 2)
  t.notMatch(program.stderr(), /internal\.failed/)
})

// The list shows parts of keys, ours and those of others, with what people wrote about them. Whoever can read the log or the pages
// of the proxy would learn them.
t.test('nothing of the list of keys is shown but a date', async (t) => {
  const begin = TEST_KEY.slice(0, 12)
  const upstream = await langsmith(t, (_incoming, response) => {
    json(response, [
      { short_key: shortOf(TEST_KEY), expires_at: inDays(2), description: 'c4n4ry', id: 'c4n4ry', last_used_at: 'c4n4ry' },
      { short_key: 'lsv2_sk_c4n4...ryry', expires_at: inDays(1), description: 'c4n4ry' }
    ])
  })
  const slot = new CredentialSlot(slotOf('us').config, slotOf('us').current)
  const proxy = await startProxy(t, { env: ASKS, routes: [{ upstream: upstream.url, overrides: { credential: slot } }] })
  t.match(await proxy.eventOf('credential.expiring'), { days_left: 2 })
  await textOf(proxy.url + LIST)
  const pages = await Promise.all(['metrics', 'ready', 'refusals'].map((page) => textOf(`${proxy.url}/-/${page}`)))
  for (const text of [proxy.rawLog(), JSON.stringify(proxy.events), JSON.stringify(slot), ...pages]) {
    for (const part of ['c4n4', 'ryry', 'short_key', begin, shortOf(TEST_KEY).slice(-7)]) t.notOk(text.includes(part), part)
  }
})

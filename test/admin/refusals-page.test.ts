// GET /-/refusals: what was refused, why, and what to do, for programs and for people.

import { networkInterfaces } from 'node:os'
import t from 'tap'
import { wrap } from '../../src/admin/wrap.ts'
import type { Test } from 'tap'
import { request as send } from 'undici'
import { refusalsAsText, wantsText } from '../../src/admin/refusals-page.ts'
import type { RecentRefusal } from '../../src/observe/recent-refusals.ts'
import { KNOWN_ANSWERS } from '../../src/sandbox/known-answers.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const REFUSAL: RecentRefusal = {
  time: '2026-11-21T16:20:03.123Z', first_time: '2026-11-21T16:20:03.123Z', count: 1, event: 'refusal.diagnosed', reqId: '1',
  method: 'GET', path: '/api/v1/sessions', route: '/', credential: 'us', region: 'us', secret_ref: 'env:KEY_US', fingerprint: '0a1b2c3d', status: 403, excerpt: 'Forbidden',
  diagnosis: {
    code: 'key-or-workspace-refused', probed: false, summary: 'LangSmith refused the key or the workspace of route / and gave no reason known here; its possible causes are listed.',
    causes: [
      { code: 'key-other-region', confidence: 'possible', summary: 'Possibly the key belongs to another region.', fix: 'set region: eu' },
      { code: 'key-revoked', confidence: 'possible', summary: 'Possibly the key was revoked.', fix: 'make a new one' }
    ]
  }
}

const NOT_LISTED = 'Calls that did not reach LangSmith are not listed; langsmith-proxy doctor looks at the way to it.'

async function refusing (t: Test): Promise<TestProxy> {
  const { status, type, body } = KNOWN_ANSWERS.B4
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(status, { 'content-type': type }).end(body) } })
  return startProxy(t, { routes: [{ upstream: upstream.url, credential: 'main' }] })
}

const ownAddress = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal)?.address

t.test('it is for callers on this machine', { skip: ownAddress === undefined && 'this machine has no address but loopback' }, async (t) => {
  const proxy = await startProxy(t, {
    routes: [{ upstream: 'http://127.0.0.1:9' }],
    env: { LANGSMITH_PROXY_LISTEN_HOST: '0.0.0.0', LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true' }
  })
  const ask = (address: string): ReturnType<typeof send> => send(`http://${address}:${proxy.port}/-/refusals`, { headers: { host: 'localhost' } })
  const denied = await ask(ownAddress ?? '')
  t.equal(denied.statusCode, 403)
  t.match(await denied.body.json(), { code: 'role-denied' })
  t.equal((await ask('127.0.0.1')).statusCode, 200)
})

t.test('pages of the web, other names and other methods are refused', async (t) => {
  const proxy = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:9' }] })
  const cases = [
    [rawRequest('GET', '/-/refusals', ['Connection: close', 'Sec-Fetch-Site: cross-site']), 403],
    [rawRequest('GET', '/-/refusals', ['Connection: close', 'Sec-Fetch-Site: same-origin']), 200],
    ['GET /-/refusals HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 421],
    ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => [rawRequest(method, '/-/refusals', ['Connection: close']), 421] as const)
  ] as const
  for (const [request, status] of cases) t.equal((await sendRaw(proxy.port, request)).status, status, request.slice(0, 40))
})

t.test('who gets text', async (t) => {
  const cases: readonly (readonly [accept: string | undefined, agent: string | undefined, expected: boolean])[] = [
    [undefined, undefined, false], ['*/*', 'node', false], ['*/*', 'python-requests/2.32', false], ['text/html,*/*', 'Mozilla/5.0 (curl)', false],
    ['*/*', 'curl/8.5.0', true], ['*/*', 'Wget/1.21.4', true], [undefined, 'curl', true], ['*/*', 'curlish', false],
    ['application/json', 'curl/8.5.0', false], ['application/problem+json', 'Wget/1.21', false], ['text/plain', 'node', true], ['text/plain, application/json', 'node', false]
  ]
  for (const [accept, agent, expected] of cases) t.equal(wantsText({ accept, 'user-agent': agent }), expected, `${agent ?? 'nobody'} who accepts ${accept ?? 'nothing'}`)
})

t.test('without refusals it says what it is for', async (t) => {
  const proxy = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:9' }] })
  t.same(await (await send(`${proxy.url}/-/refusals`)).body.json(), { refusals: [] })
  const text = await (await send(`${proxy.url}/-/refusals`, { headers: { 'user-agent': 'curl/8.5.0' } })).body.text()
  t.match(text, /^No refusals so far\.\n\n.*explain GET \/api\/v1\/sessions\n$/s)
  t.match(text, `\n${NOT_LISTED}\n`)
  for (const line of text.split('\n')) t.ok(line.length <= 100)
})

t.test('after refusals it tells each with its diagnosis, whatever the log leaves out', async (t) => {
  const proxy = await refusing(t)
  for (let i = 0; i < 20; i++) await (await send(`${proxy.url}/api/v1/sessions?secret=query`, { headers: { authorization: 'Bearer canary-1234' } })).body.dump()
  await (await send(`${proxy.url}/api/v1/runs`, { method: 'POST', body: '{}' })).body.dump()

  const answer = await send(`${proxy.url}/-/refusals`)
  t.match(answer, { statusCode: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'x-langsmith-proxy': 'proxy', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } })
  const json = await answer.body.text()
  const { refusals } = JSON.parse(json) as { refusals: RecentRefusal[] }
  t.notMatch(json, /canary|query/)
  t.equal(refusals.length, 2)
  t.match(refusals, [
    { method: 'POST', path: '/api/v1/runs', count: 1, status: 401 },
    {
      time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, method: 'GET', path: '/api/v1/sessions', count: 20, route: '/', credential: 'main', secret_ref: 'env:TEST_KEY', fingerprint: /^[0-9a-f]{8}$/, reqId: String,
      excerpt: 'Using legacy API key. Please generate a new API key.', diagnosis: { code: String, summary: String, causes: [{ code: String, confidence: String, summary: String, fix: String }] }
    }
  ])

  const text = await (await send(`${proxy.url}/-/refusals`, { headers: { 'user-agent': 'curl/8.5.0', accept: '*/*' } })).body.text()
  t.match(text, /^Calls .*\n\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}401 [a-z-]+\n.*\n {2}more: langsmith-proxy explain POST \/api\/v1\/runs\n\n.* 20 times since .*\n {2}more: langsmith-proxy explain GET \/api\/v1\/sessions\n$/s)
  t.match(text, '→')
})

t.test('HEAD has the head of GET and no body', async (t) => {
  const proxy = await refusing(t)
  await (await send(`${proxy.url}/api/v1/sessions`)).body.dump()
  for (const agent of ['curl/8', 'node']) {
    const headers = { 'user-agent': agent }
    const [get, head] = [await send(`${proxy.url}/-/refusals`, { headers }), await send(`${proxy.url}/-/refusals`, { method: 'HEAD', headers })]
    t.equal(head.statusCode, 200)
    for (const name of ['content-type', 'content-length', 'x-langsmith-proxy', 'cache-control']) t.equal(head.headers[name], get.headers[name], `${agent}: ${name}`)
    t.equal(await head.body.text(), '')
    await get.body.dump()
  }
})

t.test('the text: one block each, as people read it', async (t) => {
  t.equal(refusalsAsText([REFUSAL]), `${NOT_LISTED}

2026-11-21 16:20:03Z  403 key-or-workspace-refused
  LangSmith refused the key or the workspace of route / and gave no reason known here; its possible
    causes are listed.
  GET /api/v1/sessions  route / (us)  credential us [0a1b2c3d] from env:KEY_US
  LangSmith said: Forbidden
  Possibly the key belongs to another region.
    → set region: eu
  Possibly the key was revoked.
    → make a new one
  more: langsmith-proxy explain GET /api/v1/sessions
`)
  const cause = { code: 'key-revoked', confidence: 'certain' as const, summary: 'The key was revoked.', fix: 'make a new one' }
  t.equal(refusalsAsText([{
    ...REFUSAL, excerpt: undefined, status: undefined, event: 'route.checked', count: 3, first_time: '2026-11-21T16:00:00.000Z', diagnosis: { code: 'key-revoked', probed: true, summary: cause.summary, causes: [cause] }
  }]), `${NOT_LISTED}

2026-11-21 16:20:03Z  key-revoked  3 times since 2026-11-21 16:00:00Z  (check at the start)
  The key was revoked.
  GET /api/v1/sessions  route / (us)  credential us [0a1b2c3d] from env:KEY_US
    → make a new one
  LangSmith was asked about it with read-only calls.
  more: langsmith-proxy explain GET /api/v1/sessions
`)
})

t.test('what read-only calls came to is said as far as they came', async (t) => {
  const [possible] = REFUSAL.diagnosis.causes
  if (possible === undefined) throw new Error('no cause')
  const UNSOLVED = 'LangSmith was asked with read-only calls too, and does not say which of these it is.'
  const ASKED = 'LangSmith was asked about it with read-only calls.'
  const cases = [
    [[possible, possible], true, UNSOLVED], [[possible], true, ASKED], [[{ ...possible, confidence: 'likely' as const }, possible], true, ASKED], [[], true, ASKED], [[possible, possible], false, undefined]
  ] as const
  for (const [causes, probed, said] of cases) {
    const text = refusalsAsText([{ ...REFUSAL, diagnosis: { ...REFUSAL.diagnosis, probed, causes } }])
    t.same([UNSOLVED, ASKED].filter((line) => text.includes(`\n  ${line}\n`)), said === undefined ? [] : [said], `${causes.length} ${String(probed)}`)
  }
})

// What an upstream or a caller wrote reaches a terminal, and a shell if the command is copied.
t.test('the text has no control characters and at most 100 columns, and its command is one word of a shell', async (t) => {
  const evil = 'a\x1b]0;title\x07\x1b[2J\x9b31m\r\n\u202ec $(touch /tmp/x) `id` \'; rm -rf ~; '
  const cause = { code: 'c', confidence: 'likely' as const, summary: evil.repeat(5), fix: evil.repeat(5) }
  const text = refusalsAsText([{ ...REFUSAL, path: `/${evil}`, excerpt: evil + 'y'.repeat(500), credential: evil, secret_ref: evil, diagnosis: { code: 'c', probed: false, summary: evil, causes: [cause] } }])
  // eslint-disable-next-line no-control-regex -- that there are none is the point
  t.notMatch(text.replaceAll('\n', ''), /[\x00-\x1f\x7f-\x9f\u202e]/)
  t.match(text, '\\u{1b}]0;title')
  const lines = text.trimEnd().split('\n').slice(2)
  const command = lines.pop()
  for (const line of lines) t.ok(line.length <= 100, line)
  for (const line of lines.slice(1)) t.match(line, /^ {2}/, 'no line looks like the head of a block')
  t.match(command, /^ {2}more: langsmith-proxy explain GET '\/a.*\$\(touch \/tmp\/x\) `id` '\\''; rm -rf ~; '$/)
  t.match(refusalsAsText([{ ...REFUSAL, path: '/eu/api/v1/a,b:c@d%20e+f_g.h' }]), /explain GET \/eu\/api\/v1\/a,b:c@d%20e\+f_g\.h\n$/)
})

t.test('a line of a million characters is wrapped in no time, and nothing of it is lost', async (t) => {
  const began = performance.now()
  const lines = wrap(`  ${'x'.repeat(1_000_000)}`)
  t.ok(performance.now() - began < 2000)
  t.equal(lines.map((line) => line.trim()).join('').length, 1_000_000)
  t.ok(lines.every(({ length }) => length <= 100))
})

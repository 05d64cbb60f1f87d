// One call of the proxy's own: what is sent, and what becomes of answers that no API gives.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { ask, ASK_MS, headerOf } from '../../src/upstream/ask.ts'
import { probe, LIST_ONE_PROJECT } from '../../src/upstream/probe.ts'
import { always, credentialOf, hostAt, HOP_ID } from '../diagnosis/probe-support.ts'
import { keyOf, workspaceOf } from '../sandbox/support.ts'
import { startRawUpstream } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const WORKSPACE = workspaceOf('production')

t.test('a host that says nothing is given up after two seconds, before the head and in the middle of a body', async (t) => {
  const silent = await startRawUpstream(t, {})
  const stuck = await startUpstream(t, { answer: (_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).write('[') } })
  const startedAt = performance.now()

  const answers = await Promise.all([silent, stuck].map(({ url }) => ask(hostAt(t, { url }), credentialOf('good-us'), LIST_ONE_PROJECT)))

  for (const answer of answers) t.match(answer, { answered: false, failure: { code: 'upstream-timeout', reason: 'PROBE_TIMEOUT', detail: 'no answer within 2 seconds' } })
  t.ok(performance.now() - startedAt < ASK_MS + 1500)
})

t.test('who cannot be reached and who breaks off are told apart', async (t) => {
  const resetting = await startRawUpstream(t, { onRequest: (socket) => { socket.resetAndDestroy() } })
  const cutting = await startRawUpstream(t, { onRequest: (socket) => { socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[') } })
  const babbling = await startRawUpstream(t, { onConnection: (socket) => { socket.end('220 smtp.example.com ESMTP\r\n') } })
  const cases = [
    { name: 'nobody', url: 'http://127.0.0.1:9', failure: { code: 'upstream-unreachable', reason: 'ECONNREFUSED' } },
    { name: 'no TLS', url: babbling.url.replace('http:', 'https:'), failure: { code: 'upstream-tls' } },
    { name: 'reset', url: resetting.url, failure: { code: 'upstream-protocol' } },
    { name: 'cut', url: cutting.url, failure: { code: 'upstream-protocol' } },
    { name: 'no HTTP', url: babbling.url, failure: { code: 'upstream-protocol', reason: 'HTTPParserError' } }
  ]
  for (const { name, url, failure } of cases) t.match(await ask(hostAt(t, { url }), credentialOf('good-us'), LIST_ONE_PROJECT), { answered: false, failure }, name)
})

t.test('a call that is ended from outside fails at once, and is not sent at all when that was before', async (t) => {
  const silent = await startRawUpstream(t, {})
  const ending = new AbortController()
  const startedAt = performance.now()
  const under = ask(hostAt(t, { url: silent.url }), undefined, LIST_ONE_PROJECT, ending.signal)
  ending.abort()
  t.match(await under, { answered: false })
  t.match(await ask(hostAt(t, { url: silent.url }), undefined, LIST_ONE_PROJECT, ending.signal), { answered: false })
  t.ok(performance.now() - startedAt < 1000)
  t.equal(silent.heads.length, 0)
})

t.test('of a body no more is read than asked for', async (t) => {
  const upstream = await startUpstream(t, { answer: always(200, 'text/html', Buffer.alloc(4 * 1024 * 1024, 'x')) })
  const host = hostAt(t, { url: upstream.url })
  const usual = await ask(host, undefined, LIST_ONE_PROJECT)
  const more = await ask(host, undefined, { ...LIST_ONE_PROJECT, mostBytes: 100_000 })
  t.equal(usual.answered && usual.body.length, 64 * 1024)
  t.equal(more.answered && more.body.length, 100_000)
})

t.test('a packed body is unpacked, to the same bound', async (t) => {
  const text = JSON.stringify(['x'.repeat(90_000)])
  for (const [encoding, pack] of [['gzip', gzipSync], ['deflate', deflateSync], ['br', brotliCompressSync]] as const) {
    const upstream = await startUpstream(t, { answer: always(200, 'application/json', pack(text), { 'content-encoding': encoding }) })
    const host = hostAt(t, { url: upstream.url })
    const cut = await ask(host, undefined, LIST_ONE_PROJECT)
    const whole = await ask(host, undefined, { ...LIST_ONE_PROJECT, mostBytes: 100_000 })
    t.equal(cut.answered && cut.body.length, 64 * 1024, encoding)
    t.equal(whole.answered && whole.body.toString(), text, encoding)
  }
})

t.test('the key goes with its workspace and the hop ID, and with nothing else', async (t) => {
  const upstream = await startUpstream(t)
  const { host: hostName } = new URL(upstream.url)
  await ask(hostAt(t, { url: upstream.url }), credentialOf('good-us', WORKSPACE), LIST_ONE_PROJECT)
  await ask(hostAt(t, { url: upstream.url }), undefined, LIST_ONE_PROJECT)

  const plain = ['host', hostName, 'connection', 'keep-alive', 'accept', 'application/json', 'user-agent', 'langsmith-proxy']
  const [withKey, without] = upstream.received
  t.strictSame(withKey?.rawHeaders, [...plain, 'X-API-Key', keyOf('good-us'), 'X-Tenant-Id', WORKSPACE, 'x-langsmith-proxy-hop', HOP_ID])
  t.strictSame(without?.rawHeaders, [...plain, 'x-langsmith-proxy-hop', HOP_ID])
  for (const { method, body } of upstream.received) t.match({ method, size: body?.length }, { method: 'GET', size: 0 })
})

t.test('the path is that of a request: behind a base path, below /api, without the prefix of the route', async (t) => {
  const upstream = await startUpstream(t)
  const cases = [
    { url: upstream.url, prefix: '/eu', path: '/api/v1/sessions?limit=1' },
    { url: `${upstream.url}/api/v1`, path: '/api/v1/sessions?limit=1' },
    { url: `${upstream.url}/langsmith/api`, prefix: '/self', path: '/langsmith/api/v1/sessions?limit=1' }
  ]
  for (const { path, ...place } of cases) {
    await ask(hostAt(t, place), undefined, LIST_ONE_PROJECT)
    t.equal(upstream.received.at(-1)?.url, path)
  }
})

t.test('a redirect is not followed', async (t) => {
  const other = await startUpstream(t)
  const upstream = await startUpstream(t, { answer: always(307, 'application/json', '{}', { location: `${other.url}/api/v1/sessions` }) })
  t.match(await ask(hostAt(t, { url: upstream.url }), credentialOf('good-us'), LIST_ONE_PROJECT), { answered: true, status: 307 })
  t.match(await probe(hostAt(t, { url: upstream.url }), credentialOf('good-us')), { says: 'untold', reason: 'status 307' })
  t.equal(other.received.length, 0)
})

t.test('a key is accepted or refused by JSON alone', async (t) => {
  const cases = [
    { answer: always(200, 'application/json', '[]'), verdict: { says: 'accepted' } },
    { answer: always(403, 'application/problem+json', '{}'), verdict: { says: 'refused', status: 403 } },
    { answer: always(401, 'application/json', '{"detail":"Invalid token"}'), verdict: { says: 'refused', status: 401 } },
    { answer: always(200, 'text/html', '<title>Log in</title>'), verdict: { says: 'untold', reason: 'an answer with status 200 that is not from LangSmith' } },
    { answer: always(500, 'application/json', '{}'), verdict: { says: 'untold', reason: 'status 500' } }
  ]
  for (const { answer, verdict } of cases) {
    const upstream = await startUpstream(t, { answer })
    t.match(await probe(hostAt(t, { url: upstream.url }), credentialOf('good-us')), verdict)
  }
  t.match(await probe(hostAt(t, { url: 'http://127.0.0.1:9' }), credentialOf('good-us')), { says: 'untold', reason: 'ECONNREFUSED' })
})

t.test('a header is found by its name, not by a value that reads like one', async (t) => {
  t.equal(headerOf(['x-note', 'server', 'Server', 'nginx', 'server', 'second'], 'server'), 'nginx')
  t.equal(headerOf(['x-note', 'server'], 'server'), undefined)
})

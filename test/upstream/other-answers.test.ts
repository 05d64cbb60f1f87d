// Answers that are no refusals and may need explaining all the same: they are looked at in passing, and nothing of them changes.

import t from 'tap'
import type { Test } from 'tap'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { connect } from 'node:net'
import { request } from 'undici'
import type { AnswerDiagnosed } from '../../src/diagnosis/events.ts'
import { KNOWN_ANSWERS } from '../../src/sandbox/known-answers.ts'
import type { Answer } from '../../src/sandbox/known-answers.ts'
import { mayNeedExplaining, RefusalTap } from '../../src/upstream/refusal-tap.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import type { RawAnswer } from '../support/raw.ts'
import { rawAnswer, startRawUpstream, until } from '../support/raw-upstream.ts'
import type { RawListener } from '../support/raw-upstream.ts'

const LIMIT = KNOWN_ANSWERS.B13 // 429, the monthly limit
const head = ({ status, type }: Pick<Answer, 'status' | 'type'>, framing: string): string => `HTTP/1.1 ${status} Theirs\r\nContent-Type: ${type}\r\nX-Of-Upstream: 1\r\n${framing}\r\n\r\n`

async function proxyTo (t: Test, onRequest: RawListener): Promise<TestProxy> {
  const upstream = await startRawUpstream(t, { onRequest })
  return startProxy(t, { routes: [{ upstream: upstream.url }] })
}

function get (proxy: TestProxy, method = 'GET', lines: readonly string[] = []): Promise<RawAnswer> {
  return sendRaw(proxy.port, rawRequest(method, '/api/v1/sessions', ['Connection: close', ...lines]), 2000)
}

function bodyOf ({ text }: RawAnswer): string {
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

/** The event, when the request is over; undefined when there was none by then. */
async function diagnosedBy (proxy: TestProxy, requests = 1): Promise<AnswerDiagnosed | undefined> {
  await until(() => proxy.events.filter(({ event }) => event === 'request.completed').length === requests, 'the end of the requests')
  await new Promise((resolve) => { setTimeout(resolve, 20) }) // it follows the answer
  return proxy.events.find((event): event is AnswerDiagnosed => event.event === 'answer.diagnosed')
}

t.test('which answers are looked at', async (t) => {
  const html = ['Content-Type', 'text/html; charset=utf-8']
  const json = ['content-type', 'application/json']
  const cases: readonly (readonly [status: number, headers: readonly string[], accept: string | undefined, expected: boolean])[] = [
    ...[400, 404, 405, 407, 409, 413, 422, 429].map((status) => [status, json, undefined, true] as const),
    ...[200, 202, 204, 301, 302, 304, 408, 410, 418, 500, 502, 503].map((status) => [status, json, undefined, false] as const),
    [200, html, undefined, true], [200, html, '*/*', true], [200, html, 'application/json', true], [418, html, '*/*', true],
    [200, html, 'text/html,application/xhtml+xml', false], [200, html, 'Text/HTML', false], [404, html, 'text/html', false], [405, html, '*/*', true], [405, html, 'text/html,*/*', false],
    [413, html, 'text/html', true], [407, html, 'text/html', true], [429, html, 'text/html', true], [404, json, 'text/html', true],
    [302, html, '*/*', false], [304, html, '*/*', false], [500, html, '*/*', false], [502, html, '*/*', false],
    [200, ['content-type', 'text/event-stream'], undefined, false], [429, ['content-type', 'Text/Event-Stream; charset=utf-8'], undefined, false],
    [200, [], undefined, false], [404, [], undefined, true], [200, ['x-type', 'text/html'], undefined, false]
  ]
  for (const [status, headers, accept, expected] of cases) t.equal(mayNeedExplaining(status, headers, accept), expected, `${status} ${headers.join(': ')}, accept ${accept ?? 'nothing'}`)
})

t.test('a known answer that is no refusal is explained in the log, and nothing of it changes', async (t) => {
  for (const [name, known] of Object.entries<Answer>(KNOWN_ANSWERS)) {
    if (known.status === 401 || known.status === 403) continue
    const proxy = await proxyTo(t, (socket) => { socket.write(head(known, `Content-Length: ${Buffer.byteLength(known.body)}`) + known.body) })
    const answer = await get(proxy)
    t.equal(answer.status, known.status, name)
    t.equal(bodyOf(answer), known.body)
    t.match(answer.text, '\r\nX-Of-Upstream: 1\r\n')
    t.notMatch(answer.text, /x-langsmith-proxy-diagnosis|\(langsmith-proxy/)
    const event = await diagnosedBy(proxy)
    if (event !== undefined) t.match(event, { status: known.status, method: 'GET', path: '/api/v1/sessions', route: '/', secret_ref: 'env:TEST_KEY', excerpt: known.status === 422 ? undefined : /./, diagnosis: { code: /^[a-z-]+$/ } }, name)
    t.equal(proxy.events.filter(({ event }) => event === 'refusal.diagnosed').length, 0)
  }
})

t.test('the monthly limit is named', async (t) => {
  const proxy = await proxyTo(t, (socket) => { socket.write(head(LIMIT, `Content-Length: ${LIMIT.body.length}`) + LIMIT.body) })
  await get(proxy, 'POST', ['Content-Length: 0'])
  t.match(await diagnosedBy(proxy), { status: 429, excerpt: 'Monthly unique traces usage limit exceeded', diagnosis: { code: 'usage-limit' } })
})

t.test('an answer that no rule knows is not mentioned', async (t) => {
  const proxy = await proxyTo(t, (socket) => { socket.write(rawAnswer('409 Conflict', '{"unheard":"of"}', ['Content-Type: application/json'])) })
  await get(proxy)
  t.equal(await diagnosedBy(proxy), undefined)
})

t.test('the head is not held back, and the explanation does not hold back the end', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(head(LIMIT, `Content-Length: ${LIMIT.body.length}`)) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const startedAt = performance.now()
  const answer = await request(`${proxy.url}/api/v1/runs`, { method: 'POST', body: '{}' })
  t.ok(performance.now() - startedAt < 200, 'the head is there before the body')
  t.notOk(proxy.events.some(({ event }) => event === 'answer.diagnosed'))
  upstream.sockets[0]?.write(LIMIT.body)
  t.equal(await answer.body.text(), LIMIT.body)
  t.match(await proxy.eventOf('answer.diagnosed'), { status: 429 })
})

t.test('encoded, in chunks, without a length: explained alike, and passed as it came', async (t) => {
  const packed = gzipSync(LIMIT.body)
  const cases: Readonly<Record<string, readonly [framing: string, body: Buffer | string]>> = {
    gzip: [`Content-Encoding: gzip\r\nContent-Length: ${packed.length}`, packed],
    chunks: ['Transfer-Encoding: chunked', `5\r\n${LIMIT.body.slice(0, 5)}\r\n${(LIMIT.body.length - 5).toString(16)}\r\n${LIMIT.body.slice(5)}\r\n0\r\n\r\n`],
    'the end of the connection': ['Connection: close', LIMIT.body]
  }
  for (const [name, [framing, body]] of Object.entries(cases)) {
    const proxy = await proxyTo(t, (socket) => { socket.write(head(LIMIT, framing)); socket.write(body); if (framing.startsWith('Conn')) socket.end() })
    const answer = await request(`${proxy.url}/api/v1/sessions`)
    const expected = name === 'gzip' ? packed : Buffer.from(LIMIT.body)
    t.same(Buffer.from(await answer.body.arrayBuffer()), expected, name)
    t.match(await proxy.eventOf('answer.diagnosed'), { status: 429, diagnosis: { code: 'usage-limit' } }, name)
  }
})

t.test('a page of 1 MB where data is due streams, is explained before its end, and no more than 64 KiB of it are kept', async (t) => {
  const page = `<!doctype html><title>LangSmith</title><div id="root"></div>${'<p>x</p>'.repeat(131_072)}`
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(head({ status: 200, type: 'text/html' }, `Content-Length: ${page.length}`) + page.slice(0, 900_000)) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const answer = await request(`${proxy.url}/api/v1/sessions`)
  const pieces: Buffer[] = []
  let size = 0
  let finished = false
  for await (const piece of answer.body as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size < 800_000 || finished) continue
    finished = true
    t.match(await proxy.eventOf('answer.diagnosed'), { status: 200, excerpt: 'LangSmith' }, 'while the rest is still to come')
    upstream.sockets[0]?.write(page.slice(900_000))
  }
  t.ok(Buffer.concat(pieces).toString() === page, 'byte for byte')
  t.equal(proxy.events.filter(({ event }) => event === 'answer.diagnosed').length, 1)
})

t.test('what is kept of an answer is bounded', async (t) => {
  const tap = new RefusalTap({ headers: [] } as unknown as ConstructorParameters<typeof RefusalTap>[0])
  for (let i = 0; i < 1000; i++) tap.add(Buffer.alloc(16 * 1024))
  t.equal(tap.size, 64 * 1024)
  t.ok(tap.isFull)
  t.equal((await tap.finish()).body.length, 64 * 1024)
})

t.test('pages for browsers, streams of events and ordinary answers are left alone', async (t) => {
  const types = ['text/event-stream', 'application/json']
  for (const type of types) {
    const proxy = await proxyTo(t, (socket) => { socket.write(rawAnswer('200 OK', '<title>Sign in</title>', [`Content-Type: ${type}`])) })
    await get(proxy)
    t.equal(await diagnosedBy(proxy), undefined, type)
  }
  const proxy = await proxyTo(t, (socket) => { socket.write(rawAnswer('200 OK', '<!doctype html><title>Sign in</title>', ['Content-Type: text/html'])) })
  await get(proxy, 'GET', ['Accept: text/html,*/*'])
  t.equal(await diagnosedBy(proxy), undefined, 'a page that was asked for')
  await get(proxy, 'GET', ['Accept: */*'])
  t.match(await diagnosedBy(proxy, 2), { status: 200 }, 'the same page instead of data')
})

t.test('the answer to HEAD has no body and is over at once', async (t) => {
  const proxy = await proxyTo(t, (socket) => { socket.write(head({ status: 405, type: 'text/html' }, 'Content-Length: 150')) })
  const answer = await get(proxy, 'HEAD')
  t.equal(answer.status, 405)
  t.equal(bodyOf(answer), '')
  t.match(answer.text, /\r\ncontent-length: 150\r\n/i)
  await diagnosedBy(proxy)
  t.equal(proxy.events.filter(({ event }) => event === 'internal.failed').length, 0)
})

t.test('an answer that breaks off is cut for the client too, and explained with what came', async (t) => {
  const proxy = await proxyTo(t, (socket) => {
    socket.write(head(LIMIT, 'Content-Length: 1000') + LIMIT.body)
    setTimeout(() => { socket.destroy() }, 30)
  })
  const answer = await get(proxy)
  t.equal(bodyOf(answer), LIMIT.body)
  t.match(await proxy.eventOf('request.aborted'), { by: 'upstream', status: 429 })
  t.match(await proxy.eventOf('answer.diagnosed'), { status: 429, diagnosis: { code: 'usage-limit' } })
})

t.test('a client that leaves at the head leaves the explanation in the log', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(head(LIMIT, 'Content-Length: 1000') + LIMIT.body) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  t.teardown(() => { client.destroy() })
  client.write(rawRequest('GET', '/api/v1/sessions'))
  await once(client, 'data')
  client.destroy()
  t.match(await proxy.eventOf('answer.diagnosed'), { status: 429 })
  t.match(await proxy.eventOf('request.aborted'), { by: 'client' })
  await until(() => upstream.sockets[0]?.destroyed === true, 'the upstream hears of it')
})

// LangSmith's 401 and 403 reach the client as they are; beside them goes the name of the cause.

import t from 'tap'
import type { Test } from 'tap'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import type { RefusalDiagnosed } from '../../src/diagnosis/events.ts'
import { createForward } from '../../src/upstream/forward.ts'
import { HOLD_BYTES, HOLD_MS } from '../../src/upstream/refusal-tap.ts'
import { KNOWN_ANSWERS } from '../../src/sandbox/known-answers.ts'
import type { Answer } from '../../src/sandbox/known-answers.ts'
import { received } from '../support/leaks.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import type { RawAnswer } from '../support/raw.ts'
import { startRawUpstream, until } from '../support/raw-upstream.ts'
import type { RawListener } from '../support/raw-upstream.ts'

const REVOKED = KNOWN_ANSWERS.B1.body // 401, {"detail":"Invalid token"}
const head = (status: number, length: number | string, lines: readonly string[] = []): string =>
  [`HTTP/1.1 ${status} Nope`, 'Content-Type: application/json', typeof length === 'number' ? `Content-Length: ${length}` : length, ...lines, '', ''].join('\r\n')

interface Asked { readonly proxy: TestProxy, readonly answer: RawAnswer }

async function ask (t: Test, onRequest: RawListener, lines: readonly string[] = [], path = '/api/v1/sessions'): Promise<Asked> {
  const upstream = await startRawUpstream(t, { onRequest })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  return { proxy, answer: await sendRaw(proxy.port, rawRequest('GET', path, ['Connection: close', ...lines]), 2000) }
}

function codeOf (answer: RawAnswer): string | undefined {
  return /\r\nx-langsmith-proxy-diagnosis: (\S+)\r\n/.exec(answer.text)?.[1]
}

function bodyOf (answer: RawAnswer): string {
  return answer.text.slice(answer.text.indexOf('\r\n\r\n') + 4)
}

async function diagnosed ({ proxy }: Asked): Promise<RefusalDiagnosed> {
  return proxy.eventOf('refusal.diagnosed')
}

t.test('status and body pass byte for byte; header, reason phrase and log name the cause', async (t) => {
  for (const [name, { status, type, body, headers }] of Object.entries<Answer>(KNOWN_ANSWERS)) {
    const lines = Object.entries({ 'Content-Type': type, ...headers }).map(([key, value]) => `${key}: ${value}`)
    const asked = await ask(t, (socket) => { socket.write(`HTTP/1.1 ${status} Nope\r\n${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`) })
    t.equal(asked.answer.status, status, name)
    t.equal(bodyOf(asked.answer), body)
    const code = codeOf(asked.answer)
    if (status !== 401 && status !== 403) {
      t.equal(code, undefined)
      t.notMatch(asked.answer.text.split('\r\n')[0], 'langsmith-proxy')
      continue
    }
    const event = await diagnosed(asked)
    t.equal(code, event.diagnosis.code)
    t.not(code, 'undetermined')
    t.match(asked.answer.text.split('\r\n')[0], `(langsmith-proxy: ${String(code)})`)
    t.match(event, { status, secret_ref: 'env:TEST_KEY', path: '/api/v1/sessions', excerpt: String })
    t.match(asked.answer.text, /\r\nx-langsmith-proxy: upstream\r\n/)
    t.match(await asked.proxy.eventOf('request.completed'), { status, source: 'upstream' })
  }
})

const ENCODED: readonly (readonly [string, Buffer])[] = [
  ['gzip', gzipSync(REVOKED)], ['deflate', deflateSync(REVOKED)], ['br', brotliCompressSync(REVOKED)],
  ['zstd', Buffer.from('28b52ffd0058d100007b2264657461696c223a22496e76616c696420746f6b656e227d', 'hex')]
]

for (const [encoding, body] of ENCODED) {
  t.test(`a refusal in ${encoding} is explained, and passes encoded`, async (t) => {
    const asked = await ask(t, (socket) => { socket.write(head(401, body.length, [`Content-Encoding: ${encoding}`])); socket.write(body) })
    t.equal(bodyOf(asked.answer), body.toString('latin1'))
    t.match((await diagnosed(asked)).excerpt, 'Invalid token')
    t.equal(codeOf(asked.answer), (await diagnosed(asked)).diagnosis.code)
  })
}

/** What else may become of a body on its way, or at another version of the server. Type and encoding, if they change, in `lines`. */
interface Form { readonly name: string, readonly body: (body: string) => Buffer, readonly type?: (type: string) => string, readonly lines?: readonly string[], readonly chunks?: true, readonly breaksOff?: true }

const isHtml = (body: string): boolean => body.startsWith('<')

/** More of the same kind behind what is there: a field of JSON, a comment of HTML. Dots, as no key begins with one: of a cut body the end that might be a key stays back. */
function padded (body: string, size: number): string {
  return isHtml(body) ? `${body}<!-- ${'.'.repeat(size)} -->` : `${body.trimEnd().slice(0, -1)},"more":"${'.'.repeat(size)}"}`
}

const FORMS: readonly Form[] = [
  { name: 'gzip', body: (body) => gzipSync(body), lines: ['Content-Encoding: gzip'] },
  { name: 'br', body: (body) => brotliCompressSync(body), lines: ['Content-Encoding: br'] },
  { name: 'chunks of three bytes', body: (body) => Buffer.from(body), chunks: true },
  { name: 'gzip in chunks', body: (body) => gzipSync(body), lines: ['Content-Encoding: gzip'], chunks: true },
  { name: 'pretty-printed', body: (body) => Buffer.from(isHtml(body) ? body.replaceAll('>', '>\r\n') : JSON.stringify(JSON.parse(body), null, 4)) },
  { name: 'a charset', body: (body) => Buffer.from(body), type: (type) => `${type.split(';')[0] ?? ''}; charset="ISO-8859-1"` },
  { name: 'UTF-16', body: (body) => Buffer.from(body, 'utf16le'), type: (type) => `${type.split(';')[0] ?? ''};charset=utf-16le` },
  { name: 'cut at 2 KiB', body: (body) => Buffer.from(padded(body, 4000)).subarray(0, 2048) },
  { name: 'broken off at 2 KiB', body: (body) => Buffer.from(padded(body, 4000)).subarray(0, 2048), breaksOff: true },
  { name: '1 MB', body: (body) => Buffer.from(padded(body, 1_000_000)) },
  { name: '1 MB in gzip', body: (body) => gzipSync(padded(body, 1_000_000)), lines: ['Content-Encoding: gzip'] }
]

function inChunks (body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < body.length; at += 3) pieces.push(Buffer.from('3\r\n'), body.subarray(at, at + 3), Buffer.from('\r\n'))
  const rest = body.length % 3
  if (rest > 0) pieces[pieces.length - 3] = Buffer.from(`${rest}\r\n`)
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}

t.test('a refusal is explained alike in every form that its body may come in, and passes byte for byte', async (t) => {
  const cases = Object.entries<Answer>(KNOWN_ANSWERS).filter(([, { status }]) => status === 401 || status === 403)
  t.equal(cases.length, 12)
  const diagnosisOf = async ({ status, type, body }: Answer, form: Omit<Form, 'name'>, what: string): Promise<unknown> => {
    const sent = form.body(body)
    const framing = form.chunks === true ? 'Transfer-Encoding: chunked' : `Content-Length: ${sent.length + (form.breaksOff === true ? 1000 : 0)}`
    const upstream = await startRawUpstream(t, {
      onRequest (socket) {
        socket.write([`HTTP/1.1 ${status} Nope`, `Content-Type: ${form.type?.(type) ?? type}`, framing, ...form.lines ?? [], '', ''].join('\r\n'))
        socket.write(form.chunks === true ? inChunks(sent) : sent)
        if (form.breaksOff === true) setTimeout(() => { socket.destroy() }, 50)
      }
    })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
    const startedAt = performance.now()
    const answer = await sendRaw(proxy.port, rawRequest('GET', '/api/v1/sessions', ['Connection: close']), 2000)
    const isOnTime = performance.now() - startedAt < HOLD_MS // else a busy machine let the head go before
    t.equal(answer.status, status, what)
    t.ok(received(answer.text).slice(received(answer.text).indexOf('\r\n\r\n') + 4) === sent.toString('latin1'), `${what}: the body as it came`)
    const { diagnosis } = await proxy.eventOf('refusal.diagnosed')
    if (isOnTime) t.equal(codeOf(answer), sent.length >= HOLD_BYTES ? 'undetermined' : diagnosis.code, `${what}: the header`)
    await proxy.proxy.close()
    return JSON.parse(JSON.stringify(diagnosis).replaceAll(`127.0.0.1:${upstream.port}`, 'upstream'))
  }
  for (const [name, known] of cases) {
    const plain = await diagnosisOf(known, { body: (body) => Buffer.from(body) }, name)
    for (const form of FORMS) t.same(await diagnosisOf(known, form, `${name}, ${form.name}`), plain, `${name}, ${form.name}: the same diagnosis`)
  }
})

// A body of nine bytes that claims to be zstd once made the parser read past its end.
t.test('a refusal that is broken in any way neither ends the process nor waits for ever', async (t) => {
  const bodies = [Buffer.from('28b52ffd2300000000', 'hex'), Buffer.from('28b52ffd', 'hex'), gzipSync(REVOKED).subarray(0, 12), Buffer.from([0xff, 0xfe, 0x00]), Buffer.alloc(0)]
  for (const body of bodies) {
    for (const encoding of ['zstd', 'gzip', 'br', 'identity', 'gzip, zstd, br', 'x-unknown']) {
      const asked = await ask(t, (socket) => { socket.write(head(403, body.length, [`Content-Encoding: ${encoding}`])); socket.write(body) })
      t.equal(asked.answer.status, 403)
      t.equal(bodyOf(asked.answer), body.toString('latin1'))
      t.equal((await diagnosed(asked)).event, 'refusal.diagnosed')
      t.equal(asked.proxy.events.filter(({ event }) => event === 'internal.failed').length, 0)
    }
  }
})

t.test('a slow refusal is not held for its explanation: the head goes out as undetermined, the log follows', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(head(401, REVOKED.length)) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await request(`${proxy.url}/api/v1/sessions`)

  t.equal(answer.headers['x-langsmith-proxy-diagnosis'], 'undetermined')
  t.equal(proxy.events.length, 0)
  upstream.sockets[0]?.write(REVOKED)
  t.equal(await answer.body.text(), REVOKED)
  const { diagnosis, excerpt } = await proxy.eventOf('refusal.diagnosed')
  t.not(diagnosis.code, 'undetermined')
  t.equal(excerpt, 'Invalid token')
})

t.test('a long refusal streams: 4 KiB are enough to let the head go, and no more than 64 KiB are looked at', async (t) => {
  for (const size of [5000, 1_000_000]) {
    const body = JSON.stringify({ detail: 'Invalid token', more: 'x'.repeat(size) })
    const upstream = await startRawUpstream(t, {
      onRequest (socket) {
        socket.write(head(401, body.length) + body.slice(0, 4500))
        setTimeout(() => { socket.write(body.slice(4500)) }, 100)
      }
    })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
    const answer = await request(`${proxy.url}/api/v1/sessions`)
    t.equal(answer.headers['x-langsmith-proxy-diagnosis'], 'undetermined')
    t.equal(await answer.body.text(), body)
    t.match(await proxy.eventOf('refusal.diagnosed'), { status: 401 })
  }
})

t.test('a refusal with chunks, a refusal without end of its own, and one without body', async (t) => {
  const chunked = await ask(t, (socket) => { socket.write(`${head(401, 'Transfer-Encoding: chunked')}${REVOKED.length.toString(16)}\r\n${REVOKED}\r\n0\r\n\r\n`) })
  t.match(bodyOf(chunked.answer), REVOKED)
  t.match(bodyOf(chunked.answer), /\r\n0\r\n\r\n$/)
  const closed = await ask(t, (socket) => { socket.end(head(401, 'Connection: close') + REVOKED) })
  t.match(bodyOf(closed.answer), REVOKED)
  const empty = await ask(t, (socket) => { socket.write(head(403, 0)) })
  for (const asked of [chunked, closed, empty]) t.equal(codeOf(asked.answer), (await diagnosed(asked)).diagnosis.code)
})

// The upstream dies in the middle: what it said so far is what the user needs, and it must look cut.
const DYING: readonly { readonly name: string, readonly framing: number | string, readonly wait: number }[] = [
  { name: 'at once, with a length', framing: 1000, wait: 0 },
  { name: 'at once, in chunks', framing: 'Transfer-Encoding: chunked', wait: 0 },
  { name: 'after the head went out, with a length', framing: 1000, wait: 400 },
  { name: 'after the head went out, in chunks', framing: 'Transfer-Encoding: chunked', wait: 400 }
]

for (const { name, framing, wait } of DYING) {
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    t.test(`an upstream that dies in its refusal (${name}, ${how}): the refusal is passed on, explained and cut`, async (t) => {
      let requests = 0
      const asked = await ask(t, (socket) => {
        requests++
        socket.write(head(401, framing) + (typeof framing === 'number' ? REVOKED : `${REVOKED.length.toString(16)}\r\n${REVOKED}\r\n`))
        setTimeout(() => { socket[how]() }, Math.max(wait, 20))
      })
      t.equal(asked.answer.status, 401)
      t.match(bodyOf(asked.answer), REVOKED)
      t.notMatch(asked.answer.text, /\r\n0\r\n\r\n$|problem/)
      const { diagnosis, excerpt } = await diagnosed(asked)
      t.equal(excerpt, 'Invalid token')
      t.equal(codeOf(asked.answer), wait === 0 ? diagnosis.code : 'undetermined')
      t.match(await asked.proxy.eventOf('request.aborted'), { by: 'upstream', status: 401 })
      t.equal(requests, 1)
    })
  }
}

// `curl -f` closes the connection when it sees the status, so the explanation must not wait for the end.
t.test('a client that leaves at the head of a refusal leaves its explanation in the log', async (t) => {
  const page = `<!doctype html><title>Blocked by policy</title>${'x'.repeat(5000)}`
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(head(403, 100_000).replace('application/json', 'text/html') + page) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  client.once('data', () => { client.destroy() }).write(rawRequest('GET', '/api/v1/sessions'))

  t.match(await proxy.eventOf('refusal.diagnosed'), { status: 403, excerpt: 'Blocked by policy' })
  t.match(await proxy.eventOf('request.aborted'), { by: 'client' })
  t.equal(proxy.events.filter(({ event }) => event === 'refusal.diagnosed').length, 1)
  await until(() => upstream.sockets[0]?.destroyed === true, 'the upstream hears of it')
})

// What an upstream quotes of the request would stand in every log that keeps the excerpt.
t.test('the excerpt is short and hides the key, the credentials that were removed and the query', async (t) => {
  const said = `no ${TEST_KEY} nor Bearer canary-bearer-1 nor canary-cookie-1 nor canary-query-1 nor canary-param-1 ${'y'.repeat(2000)}`
  const body = JSON.stringify({ detail: said })
  const asked = await ask(
    t, (socket) => { socket.write(head(403, body.length) + body) },
    ['Authorization: Bearer canary-bearer-1', 'Cookie: canary-cookie-1'], '/api/v1/runs?api_key=canary-query-1&session=canary-param-1'
  )
  const { excerpt } = await diagnosed(asked)
  t.ok(excerpt !== undefined && excerpt.length <= 512, `${String(excerpt?.length)} characters`)
  t.match(excerpt, /^no .*\*{8}/)
  t.notMatch(excerpt, /canary|5ca1ab1e/)
  t.notMatch(asked.proxy.rawLog(), /canary|5ca1ab1e/)
  t.notMatch(asked.answer.text, TEST_KEY, 'and the client does not get the key either')
  t.match(asked.answer.text, 'y'.repeat(2000))
})

t.test('a diagnosis that fails is reported as our defect, and the refusal goes out all the same', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(head(401, REVOKED.length) + REVOKED) } })
  const { createServer } = await import('node:http')
  const { startExchange } = await import('../../src/exchange.ts')
  const { connectTo } = await import('../../src/upstream/connections.ts')
  const { swapRequest } = await import('../../src/swap/request.ts')
  const { routeOf } = await import('../support/proxy.ts')
  const route = routeOf({ upstream: upstream.url })
  const connections = connectTo(route, { connect: 1000, firstByte: 1000, idle: 1000, clientIdle: 1000 }, undefined)
  t.teardown(() => connections.close())
  const events: unknown[] = []
  const forward = createForward({
    route, connections, bodyLimits: { idle: 1000, size: undefined }, onTooMany () {}, emit: (event) => { events.push(event) },
    explain: () => { throw new RangeError(`defect with ${TEST_KEY}`) }
  })
  const server = createServer((request, response) => {
    const { current: credential } = route.credential
    if (credential === undefined) throw new Error('no key')
    forward(request, response, startExchange('id', request), { credential, swapped: swapRequest(route, credential, '/runs', '/runs', request.rawHeaders, 'hop') })
  })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as { port: number }

  const answer = await sendRaw(port, rawRequest('GET', '/runs', ['Connection: close']), 2000)

  t.equal(answer.status, 401)
  t.equal(codeOf(answer), 'undetermined')
  t.equal(bodyOf(answer), REVOKED)
  t.match(events, [{ event: 'internal.failed', name: 'RangeError' }])
  t.notMatch(JSON.stringify(events), TEST_KEY)
  await delay(10)
})

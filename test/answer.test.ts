import { connect } from 'node:net'
import t from 'tap'
import { answerFor, reasonPhrase, serialized } from '../src/answer.ts'
import { HTTP_ERRORS } from '../src/errors.ts'
import type { HttpErrorCode } from '../src/errors.ts'
import { startExchange } from '../src/exchange.ts'
import { startProxy } from './support/proxy.ts'
import { rawRequest, sendRaw } from './support/raw.ts'
import { startUpstream } from './support/upstream.ts'

const CODES = Object.keys(HTTP_ERRORS) as readonly HttpErrorCode[]

/** The headers of an answer as an object; names are lower case already. */
function headersOf (flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, i) => i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : []))
}

t.test('every code is problem JSON with a marker, and names itself in the reason phrase', async (t) => {
  for (const code of CODES) {
    const { status, reason, headers, body } = answerFor({ code, detail: 'what is wrong' }, 'id-1')
    t.equal(status, HTTP_ERRORS[code].status, code)
    t.match(reason, new RegExp(`^[A-Z][\\x20-\\x7e]+ \\(langsmith-proxy: ${code}\\)$`), code)
    t.notMatch(reason, /undefined|Refused/, 'the status has a name')
    t.match(headersOf(headers), {
      'content-type': 'application/problem+json', 'content-length': String(Buffer.byteLength(body)), 'x-langsmith-proxy': `proxy; code=${code}`, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store'
    })
    t.strictSame(Object.keys(JSON.parse(body) as object), ['title', 'status', 'code', 'detail', 'hint', 'requestId'])
    t.match(JSON.parse(body), { status, code, detail: 'what is wrong', hint: HTTP_ERRORS[code].hint, requestId: 'id-1' })
    t.ok(body.endsWith('}\n'), 'a line of its own on a terminal')
    t.not(status, 404, 'SDKs change their behaviour for good on 404')
    t.equal(headersOf(headers)['retry-after'] !== undefined, status === 503 || status === 429, 'says when to try again')
    const ways = headers.filter((_, i) => headers[i - 1] === 'www-authenticate')
    t.strictSame(ways, status === 401 ? ['Bearer', 'Basic realm="langsmith-proxy", charset="UTF-8"'] : [])
    t.equal(headersOf(headers).allow, status === 405 ? 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' : undefined)
    t.equal(headersOf(headers).connection, undefined)
  }
})

t.test('a denial\'s own hint replaces the table\'s', async (t) => {
  t.match(JSON.parse(answerFor({ code: 'no-route', detail: 'd', hint: 'do this' }, 'id').body), { hint: 'do this' })
})

t.test('an answer as bytes says how long it is and that it is the last', async (t) => {
  const text = serialized(answerFor({ code: 'request-ambiguous', detail: '\u00fcber' }, 'id', true))
  const [head = '', body = ''] = text.split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 400 Bad Request \(langsmith-proxy: request-ambiguous\)\r\n/)
  t.match(head, '\r\nconnection: close')
  t.match(head, `\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`)
  t.match(JSON.parse(body), { detail: '\u00fcber' })
})

t.test('a refusal\'s reason phrase carries the code of its cause', async (t) => {
  t.equal(reasonPhrase(403, 'key-other-region'), 'Forbidden (langsmith-proxy: key-other-region)')
  t.equal(reasonPhrase(499, 'x'), 'Refused (langsmith-proxy: x)', 'a status without a name')
})

t.test('a body is announced by its framing', async (t) => {
  const cases: readonly [headers: Record<string, string>, length: number][] = [
    [{}, 0], [{ 'content-length': '0' }, 0], [{ 'content-length': '1' }, 1], [{ 'transfer-encoding': 'chunked' }, Infinity], [{ 'content-type': 'a/b' }, 0]
  ]
  for (const [headers, length] of cases) t.equal(startExchange('id', { method: 'POST', url: '/', headers }).bodyLength, length, JSON.stringify(headers))
})

t.test('a denial reaches a client that is still sending, and its body is not taken for a request', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, prefix: '/eu' }] })
  const smuggled = rawRequest('GET', '/eu/smuggled')

  const small = await sendRaw(proxy.port, rawRequest('POST', '/x', [`Content-Length: ${smuggled.length}`], smuggled))
  t.match(small, { status: 421, reset: false })
  t.equal(small.text.match(/^HTTP/gm)?.length, 1)

  const large = await sendRaw(proxy.port, [rawRequest('POST', '/x', ['Content-Length: 700000']), ...Array.from({ length: 7 }, () => 'x'.repeat(100_000))])
  t.match(large, { status: 421, reset: false, text: /\r\nconnection: close\r\n[^]*"code":"no-route"[^]*\}\n$/ })

  const chunked = await sendRaw(proxy.port, rawRequest('POST', '/x', ['Transfer-Encoding: chunked'], `5\r\nhello\r\n0\r\n\r\n${smuggled}`))
  t.equal(chunked.status, 421)
  t.strictSame(upstream.received.filter(({ method }) => method !== 'GET'), [], 'no denied request was forwarded')
})

t.test('a client that never sends the rest of a denied body is let go', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, prefix: '/eu' }] })

  const stubborn = [rawRequest('POST', '/x', ['Content-Length: 10']), 'no request\r\n\r\n', 'CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n']
  const answers = await Promise.all(stubborn.map((bytes) => new Promise<string>((resolve) => {
    let received = ''
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }, () => { socket.write(bytes) })
    socket.on('data', (chunk: Buffer) => { received += chunk.toString() })
    socket.on('error', () => {}) // writing into a closed connection is how this client notices
    const poke = setInterval(() => { socket.write('x') }, 1300)
    socket.once('close', () => { clearInterval(poke); resolve(received) })
  })))
  for (const text of answers) t.match(text, /^HTTP\/1\.1 4\d\d [^]*\}\n$/, 'with an answer')
})

t.test('nothing of a request is reflected in an answer', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, prefix: '/eu' }] })
  const lines = ['Connection: close', 'X-API-Key: canary', 'Cookie: canary=1', 'X-Request-Id: canary']

  for (const bytes of [
    rawRequest('GET', '/<script>canary</script>?canary', lines), rawRequest('CANARY', '/canary', lines), rawRequest('GET', '/eu/../canary', lines), rawRequest('GET', '/-/canary', lines),
    rawRequest('GET', '/eu', [...lines, 'Origin: https://canary']), rawRequest('GET', '/eu', [...lines, 'Host: canary']), rawRequest('POST', '/eu/api-key?canary', lines), rawRequest('HEAD', '/canary', lines)
  ]) {
    const { text, status } = await sendRaw(proxy.port, bytes)
    t.ok(status >= 400 && status < 500, bytes.slice(0, 40))
    t.notMatch(text, /canary|script/i)
  }
  const head = await sendRaw(proxy.port, rawRequest('HEAD', '/x', ['Connection: close']))
  t.match(head.text, /\r\n\r\n$/, 'HEAD gets no body')
  t.match(await proxy.eventOf('request.completed'), { source: 'proxy' })
})

// The upstream's answers reach the client as they were sent, in one framing, and never one as another's.

import t from 'tap'
import { setTimeout } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { request } from 'undici'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { rawAnswer, startRawUpstream, until } from '../support/raw-upstream.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

// A malicious upstream sends two answers to one request. If the second waited on the connection, the next
// caller would get it as the answer to his own request (CVE-2026-6733).
const EXTRAS = [
  { name: 'a whole second answer', extra: rawAnswer('200 OK', 'poison'), delay: 0 },
  { name: 'a second answer a little later', extra: rawAnswer('200 OK', 'poison'), delay: 20 },
  { name: 'more than its length', extra: 'more', delay: 0 },
  { name: 'half a second answer', extra: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoi', delay: 0 }
]

for (const { name, extra, delay } of EXTRAS) {
  t.test(`an upstream that sends ${name} cannot answer the next request with it`, async (t) => {
    const upstream = await startRawUpstream(t, {
      onRequest (socket, head) {
        const asked = / \/(\S+) /.exec(head)?.[1] ?? ''
        if (!head.includes('extra')) { socket.write(rawAnswer('200 OK', asked)); return }
        if (delay === 0) { socket.write(rawAnswer('200 OK', asked) + extra); return }
        socket.write(rawAnswer('200 OK', asked))
        void setTimeout(delay).then(() => { socket.write(extra) })
      }
    })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

    for (let round = 0; round < 5; round++) {
      const first = await request(`${proxy.url}/extra-${round}`)
      t.equal(await first.body.text(), `extra-${round}`)
      // What comes after the next request was sent cannot be told from its answer; what comes before can.
      if (delay > 0) await setTimeout(3 * delay)
      const nexts = await Promise.all(['a', 'b', 'c'].map(async (name) => (await request(`${proxy.url}/${name}${round}`)).body.text()))
      t.strictSame(nexts, [`a${round}`, `b${round}`, `c${round}`])
    }
  })
}

const TWELVE_KB = 'h'.repeat(12_000)
const PASSING = [
  { name: '102 and 103 before the answer', bytes: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${rawAnswer('200 OK', 'hello')}`, want: /^HTTP\/1\.1 200 OK\r\n/, body: 'hello' },
  { name: 'a head of 12 kB', bytes: rawAnswer('200 OK', 'hello', [`X-Large: ${TWELVE_KB}`]), want: new RegExp(`X-Large: ${TWELVE_KB}\r\n`), body: 'hello' },
  { name: 'a body that ends with the connection', bytes: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello', want: /^HTTP\/1\.1 200/, body: 'hello', end: true },
  { name: 'an answer of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nhello', want: /^HTTP\/1\.1 200/, body: 'hello', end: true },
  { name: 'chunks with extensions and trailers', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\nX-API-Key: merged\r\n\r\n', want: /^HTTP\/1\.1 200/, body: 'hello' },
  { name: 'a status that nobody knows', bytes: rawAnswer('299 Whatever It Is', 'hello'), want: /^HTTP\/1\.1 299 /, body: 'hello' },
  { name: 'no reason phrase', bytes: rawAnswer('200 ', 'hello'), want: /^HTTP\/1\.1 200 OK\r\n/, body: 'hello' },
  { name: 'an empty body', bytes: rawAnswer('200 OK', ''), want: /Content-Length: 0\r\n/, body: '' }
]

for (const { name, bytes, want, body, end } of PASSING) {
  t.test(`${name}: the answer passes`, async (t) => {
    const upstream = await startRawUpstream(t, { onRequest: (socket) => { if (end === true) socket.end(bytes); else socket.write(bytes) } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

    const { text } = await sendRaw(proxy.port, rawRequest('GET', '/runs', ['Connection: close']), 1000)

    t.match(text, want)
    t.notMatch(text, /x-sum|trailer|merged|Early Hints/i)
    t.equal((await (await request(`${proxy.url}/runs`)).body.text()), body)
    t.match(await proxy.eventOf('request.completed'), { source: 'upstream' })
  })
}

t.test('answers without a body keep their headers, and the connection stays usable', async (t) => {
  const cases = [
    { method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: "a"\r\n\r\n', want: [/Content-Length: 1234\r\n/, /ETag: "a"\r\n/] },
    { method: 'GET', bytes: 'HTTP/1.1 204 No Content\r\nETag: "a"\r\n\r\n', want: [/^HTTP\/1\.1 204 No Content\r\n/, /ETag: "a"\r\n/] },
    { method: 'GET', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 12\r\n\r\n', want: [/^HTTP\/1\.1 204 No Content\r\n/] },
    { method: 'GET', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "a"\r\n\r\n', want: [/^HTTP\/1\.1 304 /, /Content-Length: 1234\r\n/] },
    { method: 'HEAD', bytes: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1234\r\n\r\n', want: [/^HTTP\/1\.1 403 Forbidden \(langsmith-proxy: /, /Content-Length: 1234\r\n/] },
    { method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', want: [/^HTTP\/1\.1 200 OK/] }
  ]
  for (const { method, bytes, want } of cases) {
    const upstream = await startRawUpstream(t, { onRequest: (socket, head) => { socket.write(head.includes('/next') ? rawAnswer('200 OK', 'next') : bytes) } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

    const { text } = await sendRaw(proxy.port, rawRequest(method, '/runs') + rawRequest('GET', '/next', ['Connection: close']), 1000)

    for (const pattern of want) t.match(text, pattern)
    t.match(text, /\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nnext$/, 'the next answer begins where the head ended')
  }
})

t.test('encoded bodies arrive byte for byte, with their encoding', async (t) => {
  const text = Buffer.from('{"runs":[]}'.repeat(1000))
  const bodies = [['gzip', gzipSync(text)], ['br', brotliCompressSync(text)], ['zstd', Buffer.from('28b52ffd0458190000616263', 'hex')], ['made-up', Buffer.from([0, 255, 128])]] as const
  for (const [encoding, body] of bodies) {
    const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(200, { 'content-encoding': encoding }).end(body) } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

    const answer = await request(`${proxy.url}/runs`, { headers: { 'accept-encoding': 'gzip, zstd;q=0.5' } })

    t.equal(answer.headers['content-encoding'], encoding)
    t.strictSame(Buffer.from(await answer.body.arrayBuffer()), body)
    t.strictSame(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'accept-encoding'), ['gzip, zstd;q=0.5'])
  }
})

t.test('headers keep order, spelling and repetition; what belongs to the connection, to browsers or to us does not pass', async (t) => {
  const kept = ['Set-Cookie: a=1', 'X-One: 1', 'set-cookie: b=2; Path=/', 'X-One: 2', 'X-Empty: ', '__proto__: x', 'constructor: y']
  const dropped = [
    'Connection: X-Hop', 'Connection: keep-alive, X-Hop-Too', 'X-Hop: 1', 'X-Hop-Too: 1', 'Keep-Alive: timeout=5', 'Proxy-Authenticate: Basic', 'Upgrade: h2c', 'TE: trailers',
    'Access-Control-Allow-Origin: *', 'access-control-allow-credentials: true', 'X-LangSmith-Proxy: proxy; code=overloaded',
    'x-langsmith-proxy-diagnosis: no-plan', 'x-langsmith-proxy-hop: forged'
  ]
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write(rawAnswer('200 OK', 'ok', [...kept.slice(0, 3), ...dropped, ...kept.slice(3)])) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const { text } = await sendRaw(proxy.port, rawRequest('GET', '/runs', ['Connection: close']))

  const lines = text.split('\r\n')
  t.strictSame(lines.filter((line) => kept.includes(line)), kept)
  t.notMatch(text, /X-Hop|timeout=5|Basic|h2c|trailers|access-control|overloaded|no-plan|forged/i)
  t.strictSame(lines.filter((line) => /^x-langsmith/i.test(line)), ['x-langsmith-proxy: upstream'])
})

t.test('redirects: to the upstream\'s own origin they come back to us, to others they pass unchanged and are reported', async (t) => {
  const upstream = await startRawUpstream(t, {
    onRequest (socket, head) {
      const { port } = socket.address() as { port: number }
      const target = head.includes('/own') ? `http://127.0.0.1:${port}/next?a=b` : head.includes('/path') ? '/elsewhere' : 'https://evil.test/harvest?q=1'
      socket.write(rawAnswer('307 Temporary Redirect', '', [`Location: ${target}`]))
    }
  })
  const proxy = await startProxy(t, { routes: [{ prefix: '/us', upstream: upstream.url }] })

  for (const [path, location] of [['own', '/us/next?a=b'], ['path', '/us/elsewhere'], ['foreign', 'https://evil.test/harvest?q=1']] as const) {
    const answer = await request(`${proxy.url}/us/${path}`, { method: 'POST', body: 'x' })
    t.equal(answer.statusCode, 307)
    t.equal(answer.headers.location, location)
  }
  t.equal(upstream.heads.length, 3, 'none was followed')
  t.match(await proxy.eventOf('redirect.foreign'), { target: 'evil.test' })
  t.equal(proxy.events.filter(({ event }) => event === 'redirect.foreign').length, 1)
  t.notMatch(proxy.rawLog(), 'harvest')
})

// An upstream that quotes the request, as debug pages and careless errors do, would hand the key to the caller.
t.test('the injected key is masked wherever an answer quotes it, at the same length', async (t) => {
  const base64 = Buffer.from(`user:${TEST_KEY}`).toString('base64')
  const stars = `lsv2_pt_${'*'.repeat(TEST_KEY.length - 8)}`
  const half = Math.floor(TEST_KEY.length / 2)
  const body = `before ${TEST_KEY} and ${base64} after ${TEST_KEY.slice(0, 32)}`
  const upstream = await startRawUpstream(t, {
    onRequest (socket) {
      const head = `HTTP/1.1 200 ${TEST_KEY}\r\nX-Echo: key=${TEST_KEY}!\r\nSet-Cookie: k=${TEST_KEY}\r\nLocation: /a?k=${TEST_KEY}\r\n${TEST_KEY}: name\r\nContent-Length: ${body.length}\r\n\r\n`
      const cut = 'before '.length + half
      socket.write(head + body.slice(0, cut))
      void setTimeout(30).then(() => { socket.write(body.slice(cut)) })
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const { text } = await sendRaw(proxy.port, rawRequest('GET', '/runs', ['Connection: close']), 1000)

  t.match(text, `X-Echo: key=${stars}!\r\n`)
  t.match(text, `before ${stars} and `)
  t.equal(text.slice(text.indexOf('\r\n\r\n') + 4).length, body.length)
  t.notMatch(text, /5ca1ab1e5ca1ab1e/)
  t.notMatch(text, Buffer.from(TEST_KEY).toString('base64').slice(4, 40))
  t.notMatch(text, base64.slice(8, 40))
  t.notMatch(proxy.rawLog(), /5ca1ab1e/)
})

t.test('while one answer is masked, pieces that hold nothing of the key are not held back', async (t) => {
  const pieces: string[] = []
  const upstream = await startUpstream(t, {
    listener: (_request, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n') }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await request(`${proxy.url}/stream`)
  answer.body.on('data', (piece: Buffer) => { pieces.push(piece.toString()) }).on('error', () => {})
  await until(() => pieces.join('') === 'data: 1\n\n', 'the first piece, while the answer goes on')
  answer.body.destroy()
})

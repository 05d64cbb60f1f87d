import { connect } from 'node:net'
import t from 'tap'
import { startProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const CHUNKED = 'Transfer-Encoding: chunked'
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'

t.test('nothing that frames itself in two ways gets upstream as two requests, or incomplete as complete', async (t) => {
  // How it works: the proxy and the upstream disagree on where a message ends, so that the rest of one
  // client's body becomes the beginning of the next request on the upstream's connection.
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const post = (lines: readonly string[], body: string): string => rawRequest('POST', '/runs', lines, body)

  const attacks: readonly [what: string, bytes: string][] = [
    ['CL.TE', post(['Content-Length: 6', CHUNKED], '0\r\n\r\nX')],
    ['TE.CL', post([CHUNKED, 'Content-Length: 4'], `5c\r\n${SMUGGLED}\r\n0\r\n\r\n`)],
    ['two Content-Lengths', post(['Content-Length: 5', 'Content-Length: 6'], 'hello!')],
    ['two equal Content-Lengths', post(['Content-Length: 5', 'Content-Length: 5'], 'hello')],
    ['a list of Content-Lengths', post(['Content-Length: 5, 5'], 'hello')],
    ['a signed Content-Length', post(['Content-Length: +5'], 'hello')],
    ['a negative Content-Length', post(['Content-Length: -5'], 'hello')],
    ['a hexadecimal Content-Length', post(['Content-Length: 0x5'], 'hello')],
    ['a huge Content-Length', post(['Content-Length: 99999999999999999999999'], 'hello')],
    ['an empty Content-Length', post(['Content-Length:'], 'hello')],
    ['a blank in a Content-Length', post(['Content-Length: 1 1'], 'hello')],
    ['a folded Content-Length', post(['Content-Length: 1', ' 1'], 'hello')],
    ['gzip before chunked', post(['Transfer-Encoding: gzip, chunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['chunked before gzip', post(['Transfer-Encoding: chunked, gzip'], '5\r\nhello\r\n0\r\n\r\n')],
    ['chunked twice', post([CHUNKED, CHUNKED], '5\r\nhello\r\n0\r\n\r\n')],
    ['chunked twice in one line', post(['Transfer-Encoding: chunked, chunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['identity', post(['Transfer-Encoding: identity', 'Content-Length: 5'], 'hello')],
    ['identity alone', post(['Transfer-Encoding: identity'], 'hello')],
    ['an unknown coding', post(['Transfer-Encoding: xchunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['a vertical tab before chunked', post(['Transfer-Encoding: \u000bchunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['a blank before the colon', post(['Transfer-Encoding : chunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['a blank before the name', post(['Content-Length: 5', ' Transfer-Encoding: chunked'], 'hello')],
    ['an empty Transfer-Encoding', post(['Transfer-Encoding:', 'Content-Length: 5'], 'hello')],
    ['a folded Transfer-Encoding', post(['Transfer-Encoding: gzip,', ' chunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['a folded value', rawRequest('GET', '/runs', ['X-A: b', ' Content-Length: 3'])],
    ['chunks in HTTP/1.0', 'POST /runs HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
    ['bare LF line ends', `POST /runs HTTP/1.1\nHost: localhost\nContent-Length: 5\n\nhello${SMUGGLED}`],
    ['a bare LF in the head', 'GET /runs HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n'],
    ['a bare CR in a value', `GET /runs HTTP/1.1\r\nHost: localhost\r\nX-A: b\rContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
    ['CR LF CR X at the end of the head (CVE-2025-23167)', `GET /runs HTTP/1.1\r\nHost: localhost\r\n\rX-A: b\r\n\r\n${SMUGGLED}`],
    ['a NUL in a value', 'GET /runs HTTP/1.1\r\nHost: localhost\r\nX-A: b\u0000c\r\n\r\n'],
    ['a NUL in a name', 'GET /runs HTTP/1.1\r\nHost: localhost\r\nX\u0000A: b\r\n\r\n'],
    ['a line without a colon', 'GET /runs HTTP/1.1\r\nHost: localhost\r\nX-A\r\n\r\n'],
    ['an empty name', 'GET /runs HTTP/1.1\r\nHost: localhost\r\n: b\r\n\r\n'],
    ['HTTP/0.9', 'GET /runs\r\n\r\n'],
    ['HTTP/0.9 with a head', 'GET /runs\r\nHost: localhost\r\n\r\n'],
    ['HTTP/2 on a plain connection', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/1.2', 'GET /runs HTTP/1.2\r\nHost: localhost\r\n\r\n'],
    ['HTTP/2.0', 'GET /runs HTTP/2.0\r\nHost: localhost\r\n\r\n'],
    ['a third word in the first line', 'GET /runs /x HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['bytes of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['a head of 20 kB', rawRequest('GET', '/runs', [`X-A: ${'a'.repeat(20_000)}`])]
  ]
  for (const [what, bytes] of attacks) {
    const answer = await sendRaw(proxy.port, bytes)
    t.match(String(answer.status), /^4(?:00|31)$/, what)
    t.match(answer.text, /^HTTP\/1\.1 4[^]*\r\nx-langsmith-proxy: proxy; code=(?:request-ambiguous|headers-too-large)\r\n/i, what)
    t.equal(answer.text.match(/^HTTP/gm)?.length, 1, `${what}: one answer, then the connection ends`)
  }
  t.strictSame(upstream.received.map(({ url }) => url), [])

  // Chunks are read while they are forwarded, so here the upstream sees a request; it must see it break off.
  const broken: readonly [what: string, chunks: string][] = [
    ['a size in 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a signed size', '+5\r\nhello\r\n0\r\n\r\n'],
    ['a size that wraps around', `${'f'.repeat(17)}5\r\nhello\r\n0\r\n\r\n`],
    ['a size that is too short', '4\r\nhello\r\n0\r\n\r\n'],
    ['no CRLF after the chunk', '5\r\nhello0\r\n\r\n'],
    ['a bare LF after the size', '5\nhello\r\n0\r\n\r\n'],
    ['a bare LF in an extension', `5;a\nhello\r\n0\r\n\r\n${SMUGGLED}`],
    ['a bare LF at the end', `5\r\nhello\r\n0\n\n${SMUGGLED}`],
    ['a blank after the size', '5 \r\nhello\r\n0\r\n\r\n']
  ]
  for (const [what, chunks] of broken) {
    const answer = await sendRaw(proxy.port, post([CHUNKED], chunks))
    t.equal(answer.status, 400, what)
    t.notOk(upstream.received.some(({ body, url }) => body !== undefined || url !== '/runs'), `${what}: never complete`)
  }
})

t.test('what is framed in one way reaches the upstream as one request with the same bytes', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const cases: readonly [what: string, bytes: string, body: string][] = [
    ['a body that looks like a request', rawRequest('POST', '/runs', [`Content-Length: ${SMUGGLED.length}`], SMUGGLED), SMUGGLED],
    ['chunks', rawRequest('POST', '/runs', ['transfer-encoding: CHUNKED'], '5;ext="x"\r\nhello\r\n01\r\n!\r\n0\r\nTrailer: x\r\n\r\n'), 'hello!'],
    ['a GET with a body', rawRequest('GET', '/runs', ['Content-Length: 5'], 'hello'), 'hello'],
    ['a DELETE with a body', rawRequest('DELETE', '/runs', [CHUNKED], '5\r\nhello\r\n0\r\n\r\n'), 'hello'],
    ['an OPTIONS with a body', rawRequest('OPTIONS', '/runs', ['Content-Length: 5'], 'hello'), 'hello'],
    ['a POST with no body', rawRequest('POST', '/runs', ['Content-Length: 0']), ''],
    ['a POST without framing', rawRequest('POST', '/runs'), ''],
    ['two blanks in the first line', 'GET  /runs  HTTP/1.1\r\nHost: localhost\r\n\r\n', ''],
    ['Content-Length in HTTP/1.0', 'POST /runs HTTP/1.0\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
    ['a broken Content-Type', rawRequest('POST', '/runs', ['Content-Type: ;;;\t"', 'Content-Length: 5'], 'hello'), 'hello'],
    ['two Content-Types', rawRequest('POST', '/runs', ['Content-Type: application/json', 'Content-Type: a/b', 'Content-Length: 5'], 'hello'), 'hello'],
    ['an empty Content-Type', rawRequest('POST', '/runs', ['Content-Type:', 'Content-Length: 5'], 'hello'), 'hello'],
    ['JSON that is none', rawRequest('POST', '/runs', ['Content-Type: application/json', 'Content-Length: 5'], '{"a":'), '{"a":'],
    ['an unknown Expect', rawRequest('POST', '/runs', ['Expect: the-unexpected', 'Content-Length: 5'], 'hello'), 'hello']
  ]
  for (const [what, bytes, body] of cases) {
    const before = upstream.received.length
    t.match(await sendRaw(proxy.port, bytes.replace('Host:', 'Connection: close\r\nHost:')), { status: 200 }, what)
    t.equal(upstream.received.length, before + 1, what)
    t.equal(upstream.received.at(-1)?.url, '/runs', what)
    t.equal(upstream.received.at(-1)?.body?.toString('latin1'), body, what)
    t.notOk(upstream.received.at(-1)?.rawHeaders.some((name) => /^(?:expect|trailer)$/i.test(name)), what)
  }
})

t.test('bytes that are no request never get into an answer that is under way: they are refused after it', async (t) => {
  // How it works: garbage after a request makes the parser fail while the answer to that request
  // streams; an error page written at that moment would stand in the middle of the answer.
  const upstream = await startUpstream(t, {
    answer: (request, response) => {
      response.writeHead(200, request.url === '/known' ? { 'content-length': '9' } : {}).write('begun')
      setTimeout(() => { response.end(' end') }, 100)
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  for (const garbage of ['no request\r\n\r\n', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', 'POST /runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n']) {
    t.match(await sendLater(proxy.port, rawRequest('GET', '/known'), garbage), { text: /^HTTP\/1\.1 200 [^]*\r\n\r\nbegun endHTTP\/1\.1 400 [^]*\}\n$/ }, `a length, then ${JSON.stringify(garbage)}`)
    t.match(await sendLater(proxy.port, rawRequest('GET', '/runs'), garbage), { text: /^HTTP\/1\.1 200 [^]*\r\n\r\n5\r\nbegun\r\n4\r\n end\r\n0\r\n\r\nHTTP\/1\.1 400 [^]*\}\n$/ }, `chunks, then ${JSON.stringify(garbage)}`)
  }
  t.match(await sendLater(proxy.port, 'GET /runs HTTP/1.0\r\nHost: localhost\r\n\r\n', 'no request\r\n\r\n'), { text: /begun end$/, reset: false }, 'the connection ends with this answer')
  t.strictSame(new Set(upstream.received.map(({ method }) => method)), new Set(['GET']), 'what was broken is not forwarded')
})

// How it works: an answer is under way while the body of its own request breaks; what follows is no body.
t.test('a body that breaks while its answer is under way cuts the answer', async (t) => {
  const upstream = await startUpstream(t, { listener: (request, response) => { response.writeHead(200, request.url === '/known' ? { 'content-length': '1000' } : {}).write('begun') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  for (const path of ['/known', '/runs']) {
    const { text } = await sendLater(proxy.port, rawRequest('POST', path, [CHUNKED], '1\r\nx\r\n'), 'zz\r\n')
    t.match(text, /^HTTP\/1\.1 200 [^]*begun(?:\r\n)?$/, path)
  }
})

t.test('one connection carries one request after another', async (t) => {
  const upstream = await startUpstream(t, { answer: (request, response, body) => { response.end(`${request.url ?? ''} ${body.toString()};`) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await sendRaw(proxy.port, [
    rawRequest('POST', '/one', ['Content-Length: 3'], 'abc'), rawRequest('GET', '/two'), rawRequest('POST', '/three', [CHUNKED], '3\r\ndef\r\n0\r\n\r\n'), rawRequest('GET', '/runs', ['Origin: null']), rawRequest('GET', '/four')
  ])

  t.match(answer.text, /\/one abc;[^]*\/two ;[^]*\/three def;[^]*code=browser-request[^]*\/four ;/, 'answers in the order of the requests')
})

/** Sends the second text once the answer to the first has begun. @returns All that came until the other side closed. */
function sendLater (port: number, first: string, second: string): Promise<{ text: string, reset: boolean }> {
  return new Promise((resolve) => {
    let text = ''
    let reset = false
    const socket = connect({ port, host: '127.0.0.1' }, () => { socket.write(first, 'latin1') })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('begun')) socket.write(second, 'latin1')
    })
    socket.on('error', (error: NodeJS.ErrnoException) => { reset = error.code === 'ECONNRESET' })
    socket.once('close', () => { resolve({ text, reset }) })
  })
}

// How it works: the proxy refuses a request because nobody can say where it ends, but what follows it in
// the same packet has been parsed already, and may be a part of its body.
t.test('nothing that follows a refused ambiguous request on its connection is served', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const answer = await sendRaw(proxy.port, rawRequest('GET', '/runs', ['Host: evil.example']) + rawRequest('DELETE', '/api/v1/sessions/abc'))
  t.equal(answer.status, 400)
  t.equal(answer.text.match(/^HTTP/gm)?.length, 1)
  t.strictSame(upstream.received, [])
})

// Node's parser stops at a request with Upgrade. Without a tunnel it drops the rest of that packet and takes
// the next one for a new head: the body of a pipelined POST would be executed as a request, with the key.
t.test('nothing that follows a request with Upgrade on its connection is taken for a request', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const inner = rawRequest('DELETE', '/api/v1/sessions/abc')
  const first = rawRequest('GET', '/1', ['Connection: Upgrade', 'Upgrade: h2c']) + rawRequest('POST', '/runs', [`Content-Length: ${inner.length}`])

  const socket = connect({ port: proxy.port, host: '127.0.0.1' })
  let text = ''
  socket.on('data', (chunk: Buffer) => { text += chunk.toString() }).on('error', () => {})
  socket.write(first)
  setTimeout(() => { socket.write(inner) }, 5)
  await new Promise((resolve) => { socket.once('close', resolve) })

  t.strictSame(upstream.received.map(({ method, url }) => `${method} ${url}`), ['GET /1'])
  t.match(text, /^HTTP\/1\.1 200 OK[^]*Connection: close/)
})

t.test('a request with Upgrade alone is served as an ordinary one, and its connection closes', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const { text, status } = await sendRaw(proxy.port, rawRequest('POST', '/runs', ['Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 5'], 'hello'))
  t.equal(status, 200)
  t.match(text, 'Connection: close')
  t.equal(upstream.received[0]?.body?.toString(), 'hello')
})

import t from 'tap'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { request } from 'undici'
import { startProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { rawAnswer, startRawUpstream, until } from '../support/raw-upstream.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

t.test('a body over listen.bodyLimit is refused: by its length before it is sent on, in chunks where it passes the limit', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '1000' } })

  const counted = await request(`${proxy.url}/runs`, { method: 'POST', body: Buffer.alloc(1001) })
  t.equal(counted.statusCode, 413)
  t.match(await counted.body.json(), { code: 'body-too-large' })
  t.equal(upstream.received.length, 0)

  const chunk = `258\r\n${'x'.repeat(600)}\r\n`
  const chunked = await sendRaw(proxy.port, [rawRequest('POST', '/runs', ['Transfer-Encoding: chunked']), chunk, chunk], 3000)
  t.equal(chunked.status, 413)
  t.match(chunked.text, /"code":"body-too-large"/)
  t.match(chunked.text, /connection: close/i)
  if (upstream.received.length > 0) {
    await until(() => upstream.received[0]?.aborted === true, 'the upstream hears of it')
    t.equal(upstream.received[0]?.body, undefined)
  }
  for (const size of [0, 999, 1000]) t.equal((await request(`${proxy.url}/runs`, { method: 'POST', body: Buffer.alloc(size) })).statusCode, 200)
})

t.test('a body over the limit after the answer began cuts the answer instead of adding a second one', async (t) => {
  const upstream = await startUpstream(t, { listener: (_request, response) => { response.write('begun') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '1000' } })
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  let text = ''
  client.on('data', (chunk: Buffer) => { text += chunk.toString() }).on('error', () => {})
  client.write(rawRequest('POST', '/runs', ['Transfer-Encoding: chunked'], '1\r\nx\r\n'))
  await until(() => text.includes('begun'), 'the beginning of the answer')

  client.write(`fff\r\n${'x'.repeat(4095)}\r\n`)

  await once(client, 'close')
  t.equal(text.match(/HTTP\/1\.1/g)?.length, 1)
  t.notMatch(text, /0\r\n\r\n$|body-too-large/)
  t.match(await proxy.eventOf('request.aborted'), { by: 'client', reason: 'BODY_TOO_LARGE' })
})

t.test('a client that stops sending gets 408, and the upstream never a whole body', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '200ms' } })

  for (const bytes of [rawRequest('POST', '/runs', ['Content-Length: 1000'], 'hello'), rawRequest('POST', '/runs', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n'), rawRequest('PUT', '/runs', ['Content-Length: 1000'])]) {
    const answer = await sendRaw(proxy.port, bytes, 4000)
    t.equal(answer.status, 408)
    t.match(answer.text, /"code":"request-timeout"/)
    t.match(answer.text, /connection: close/i)
  }
  await until(() => upstream.received.every(({ aborted }) => aborted), 'the upstream hears of it')
})

t.test('Expect: 100-continue is answered here, at once, and a large body follows whole', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response, body) => { response.end(String(body.length)) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const size = 2 * 1024 * 1024

  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  t.teardown(() => { client.destroy() })
  let text = ''
  client.on('data', (chunk: Buffer) => { text += chunk.toString() })
  client.write(rawRequest('POST', '/runs', ['Expect: 100-continue', `Content-Length: ${size}`, 'Connection: close']))
  await until(() => text === 'HTTP/1.1 100 Continue\r\n\r\n', 'the go-ahead')
  client.write(Buffer.alloc(size))
  await until(() => text.endsWith(String(size)), 'the answer')
  t.strictSame(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'expect'), [])

  const folder = t.testdir({ 'body.bin': randomBytes(size) })
  const curl = spawn('curl', ['-sS', '--max-time', '20', '-H', 'Expect: 100-continue', '--data-binary', `@${folder}/body.bin`, `${proxy.url}/runs`])
  let output = ''
  curl.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const code = await new Promise<number | 'missing'>((resolve) => { curl.once('error', () => { resolve('missing') }).once('close', (status) => { resolve(status ?? -1) }) })
  if (code === 'missing') { t.comment('curl is not installed here'); return }
  t.equal(output, String(size))
})

// Servers differ in what they do about bodies of GET and DELETE; a proxy that drops them changes requests.
t.test('every method is forwarded with the body it has, in the framing it came in', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.end('ok') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    for (const [framing, bytes] of [['Content-Length: 5', 'hello'], ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n']] as const) {
      const before = upstream.received.length
      const answer = await sendRaw(proxy.port, rawRequest(method, '/runs', [framing, 'Connection: close'], bytes), 2000)
      t.equal(answer.status, 200)
      const got = upstream.received[before]
      t.equal(got?.method, method)
      t.equal(got?.body?.toString(), 'hello')
      t.strictSame(valuesOf(got?.rawHeaders ?? [], framing.startsWith('C') ? 'content-length' : 'transfer-encoding'), [framing.split(': ')[1]])
    }
  }
})

t.test('a request without a body stays one', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) {
    for (const lines of [[], ['Content-Length: 0']]) {
      t.equal((await sendRaw(proxy.port, rawRequest(method, '/runs', [...lines, 'Connection: close']), 2000)).status, 200)
      t.equal(upstream.received.at(-1)?.body?.length, 0)
      t.strictSame(valuesOf(upstream.received.at(-1)?.rawHeaders ?? [], 'transfer-encoding'), [])
    }
  }
  t.match(await proxy.eventOf('request.completed'), { bytes_in: 0 })
})

t.test('odd, invalid and missing Content-Types pass as they are', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  for (const type of ['application/json', 'text/plain; charset=made-up', 'multipart/form-data', 'nonsense', '/', 'a/b; c', 'application/json\t; x', '', 'caf\xe9/x']) {
    const answer = await sendRaw(proxy.port, rawRequest('POST', '/runs', [`Content-Type: ${type}`, 'Content-Length: 2', 'Connection: close'], '{]'), 2000)
    t.equal(answer.status, 200, type)
    t.strictSame(valuesOf(upstream.received.at(-1)?.rawHeaders ?? [], 'content-type'), [type])
    t.equal(upstream.received.at(-1)?.body?.toString(), '{]')
  }
  t.equal((await sendRaw(proxy.port, rawRequest('POST', '/runs', ['Content-Length: 2', 'Connection: close'], '{]'), 2000)).status, 200)
  t.strictSame(valuesOf(upstream.received.at(-1)?.rawHeaders ?? [], 'content-type'), [])
})

// A trailer that a server merges into the headers would be a header that no check has seen.
t.test('trailers of a request are dropped, and its body is whole', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { setTimeout(() => { socket.write(rawAnswer('200 OK', 'ok')) }, 50) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await sendRaw(proxy.port, rawRequest('POST', '/runs', ['Trailer: X-API-Key', 'Transfer-Encoding: chunked', 'Connection: close'], '5\r\nhello\r\n0\r\nX-API-Key: trailing\r\nX-Sum: 1\r\n\r\n'), 2000)

  t.equal(answer.status, 200)
  t.match(upstream.everything(), /\r\n5\r\nhello\r\n0\r\n\r\n$/)
  t.notMatch(upstream.everything(), /trail|X-Sum/i)
})

t.test('a body whose chunks break off is a broken upload, not a short one', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await sendRaw(proxy.port, [rawRequest('POST', '/runs', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n'), 'zz\r\n'], 1500)

  t.ok(answer.status === 400 || answer.status === 0)
  await until(() => upstream.received.every(({ aborted }) => aborted), 'the upload is broken off')
  t.ok(upstream.received.every(({ body }) => body === undefined))
})

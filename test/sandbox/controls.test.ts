import t from 'tap'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { sandboxBytes } from '../../src/sandbox/sandbox-bytes.ts'
import { KNOWN_ANSWERS, isAnswerId } from '../../src/sandbox/known-answers.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { json, keyOf, sandboxFor, send } from './support.ts'

function sha256 (bytes: Iterable<Buffer>): string {
  const hash = createHash('sha256')
  for (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}

t.test('controls that make no sense are refused', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const [path, headers] of [
    ['/sandbox/echo', { 'x-sandbox-answer': 'B99' }],
    ['/sandbox/echo', { 'x-sandbox-answer': '200' }],
    ['/sandbox/echo', { 'x-sandbox-delay-ms': 'soon' }],
    ['/sandbox/redirect?status=200', {}],
    ['/sandbox/redirect?to=a%0d%0ab', {}],
    ['/sandbox/download?bytes=-1', {}]
  ] as [string, Record<string, string>][]) {
    t.match(await send(sandbox, path, { headers }), { status: 400, text: /"sandbox":/ }, `${path} ${JSON.stringify(headers)}`)
  }
  t.match(await send(sandbox, '/nowhere'), { status: 404, text: '{"detail":"Not Found"}' })
  t.equal((await send(sandbox, '/api/v1/api/v1/sessions', { key: 'good-us' })).status, 404, 'a doubled prefix is not forgiven')
})

t.test('every known answer can be asked for, on every path', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const [id, { status, type, body }] of Object.entries(KNOWN_ANSWERS)) {
    const got = await send(sandbox, '/runs/batch', { key: 'good-us', body: '{}', headers: { 'x-sandbox-answer': id } })
    t.equal(got.status, status, id)
    t.equal(got.text, body, id)
    t.equal(got.headers.get('content-type'), type, id)
  }
  t.equal(Object.keys(KNOWN_ANSWERS).length, 22)
  t.notOk(isAnswerId('toString'))

  const limited = await send(sandbox, '/nowhere', { headers: { 'x-sandbox-answer': '429', 'x-sandbox-retry-after': '7' } })
  t.match(limited, { status: 429, text: '{"detail":"Too Many Requests"}' })
  t.equal(limited.headers.get('retry-after'), '7')
  t.match(await send(sandbox, '/info', { headers: { 'x-sandbox-answer': '599' } }), { status: 599, text: '{"detail":"Refused"}' })
})

t.test('a forced answer comes after the body, or before it when asked', async (t) => {
  const sandbox = await sandboxFor(t)
  const body = Buffer.alloc(3_000_000, 'x')
  t.equal((await send(sandbox, '/runs', { body, headers: { 'x-sandbox-answer': 'B6' } })).status, 403)
  t.match(sandbox.requests.at(-1), { bodyBytes: body.length, bodySha256: sha256([body]), complete: true })

  const socket = connect(sandbox.regions.us.port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  socket.write('POST /runs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nx-sandbox-answer: B6\r\nx-sandbox-early: 1\r\n\r\n')
  const [answer] = await Readable.from(socket).take(1).toArray() as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 403 /, 'with not one byte of the body sent')
  t.match(sandbox.requests.at(-1), { bodyBytes: 0, complete: false })
})

t.test('connections can be cut before or in the middle of an answer', async (t) => {
  const sandbox = await sandboxFor(t)
  const answerTo = async (how: string): Promise<string> => {
    const socket = connect(sandbox.regions.us.port, '127.0.0.1')
    socket.write(`GET /info HTTP/1.1\r\nHost: x\r\nx-sandbox-answer: ${how}\r\n\r\n`)
    return Buffer.concat(await socket.toArray() as Buffer[]).toString()
  }
  t.equal(await answerTo('reset'), '')
  t.match(await answerTo('cut'), /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 1000\r\n[^]*\r\n\r\n\{"cut":$/)
})

t.test('an answer can be delayed', async (t) => {
  const sandbox = await sandboxFor(t)
  const start = performance.now()
  t.equal((await send(sandbox, '/info', { headers: { 'x-sandbox-delay-ms': '120' } })).status, 200)
  t.ok(performance.now() - start > 100)
})

t.test('the echo shows what arrived, keys included', async (t) => {
  const sandbox = await sandboxFor(t)
  const got = await send(sandbox, '/sandbox/echo?a=%2F', { method: 'PUT', body: 'abc', key: 'good-us' })
  t.equal(got.headers.get('x-sandbox-received-key'), keyOf('good-us'))
  const seen = json(got) as { headers: [string, string][] }
  t.match(seen, { method: 'PUT', url: '/sandbox/echo?a=%2F', body_bytes: 3, body_sha256: sha256([Buffer.from('abc')]) })
  t.ok(seen.headers.some(([name, value]) => name === 'x-api-key' && value === keyOf('good-us')))
  t.equal((await send(sandbox, '/sandbox/echo')).headers.has('x-sandbox-received-key'), false)
})

t.test('redirects go where they are told to', async (t) => {
  const sandbox = await sandboxFor(t)
  const { url } = sandbox.regions.us
  for (const [query, status, location] of [
    ['', 307, '/sandbox/echo'],
    ['?to=/runs&absolute=true&status=308', 308, `${url}/runs`],
    ['?to=https://elsewhere.example/x&status=302', 302, 'https://elsewhere.example/x']
  ] as [string, number, string][]) {
    const got = await send(sandbox, `/sandbox/redirect${query}`)
    t.equal(got.status, status, query)
    t.equal(got.headers.get('location'), location, query)
  }
})

t.test('the sink takes and the download gives large bodies', async (t) => {
  const sandbox = await sandboxFor(t)
  const total = 80_000_000 // more than any endpoint keeps
  const expected = { bytes: total, sha256: sha256(sandboxBytes(total)) }

  const response = await fetch(`${sandbox.regions.us.url}/sandbox/sink`, {
    method: 'POST', body: Readable.toWeb(Readable.from(sandboxBytes(total))) as ReadableStream, duplex: 'half'
  })
  t.same(await response.json(), expected)

  for (const [query, length] of [['', String(total)], ['&chunked=true', null]] as const) {
    const download = await fetch(`${sandbox.regions.us.url}/sandbox/download?bytes=${total}${query}`)
    t.equal(download.headers.get('content-length'), length)
    t.equal(sha256([Buffer.from(await download.arrayBuffer())]), expected.sha256)
  }
  t.equal((await send(sandbox, '/sandbox/download')).text, '')
})

t.test('events come one by one', async (t) => {
  const sandbox = await sandboxFor(t)
  t.equal((await send(sandbox, '/api/v1/datasets/x/stream')).status, 401, 'but not to everybody')
  const response = await fetch(`${sandbox.regions.us.url}/api/v1/datasets/x/stream?events=3&intervalMs=60`, { headers: { 'x-api-key': keyOf('good-us') } })
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  const times: number[] = []
  let text = ''
  for await (const chunk of response.body ?? []) {
    times.push(performance.now())
    text += Buffer.from(chunk as Uint8Array).toString()
  }
  t.match(text, /^event: data\nid: 0\ndata: \{"index":0\}\n\n[^]*id: 2[^]*event: end\ndata: \{\}\n\n$/)
  t.ok((times.at(-1) ?? 0) - (times[0] ?? 0) > 90)
})

t.test('a request that breaks off is written down as incomplete', async (t) => {
  const sandbox = await sandboxFor(t)
  const socket = connect(sandbox.regions.eu.port, '127.0.0.1')
  socket.write('POST /sandbox/sink HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc')
  while (sandbox.requests[0]?.bodyBytes !== 3) await delay(5)
  socket.destroy()
  while (sandbox.requests[0].bodySha256 !== sha256([Buffer.from('abc')])) await delay(5)
  t.match(sandbox.requests, [{ region: 'eu', method: 'POST', complete: false }])
})

t.test('only the last 1000 requests are remembered', async (t) => {
  const sandbox = await sandboxFor(t)
  const socket = connect(sandbox.regions.us.port, '127.0.0.1')
  socket.end(Array.from({ length: 1005 }, (_, index) => `GET /info?${index} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
  await socket.resume().toArray()
  t.equal(sandbox.requests.length, 1000)
  t.equal(sandbox.requests[0]?.url, '/info?5')
})

t.test('the sandbox can speak TLS', { skip: spawnSync('openssl', ['version']).status !== 0 && 'no openssl to make a certificate' }, async (t) => {
  const dir = t.testdir({})
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', `${dir}/key.pem`, '-out', `${dir}/cert.pem`])
  t.equal(made.status, 0, String(made.stderr))
  const cert = readFileSync(`${dir}/cert.pem`)
  const sandbox = await sandboxFor(t, { tls: { key: readFileSync(`${dir}/key.pem`), cert } })
  const { url } = sandbox.regions.us
  t.match(url, /^https:/)

  const trusting = new Agent({ connect: { ca: cert } })
  t.teardown(() => trusting.close())
  const got = await request(`${url}/sandbox/redirect?absolute=true`, { dispatcher: trusting })
  await got.body.dump()
  t.equal(got.headers.location, `${url}/sandbox/echo`)
  await t.rejects(request(url), 'who does not know the certificate gets nothing')
})

t.test('closing cuts what is still open, and a taken port opens nothing', async (t) => {
  const sandbox = await startSandbox()
  const { port } = sandbox.regions.aws
  await t.rejects(startSandbox({ ports: { us: 0, aws: port } }), { code: 'EADDRINUSE' })

  const waiting = send(sandbox, '/info', { headers: { 'x-sandbox-delay-ms': '600000' } }).then(() => 'answered', () => 'cut')
  const events = fetch(`${sandbox.regions.us.url}/datasets/x/stream?intervalMs=600000`, { headers: { 'x-api-key': keyOf('good-us') } })
  const reading = (await events).text().then(() => 'ended', () => 'cut')
  await sandbox.close()
  t.equal(await reading, 'cut')
  t.equal(await waiting, 'cut')
  await t.rejects(send(sandbox, '/info'))
})

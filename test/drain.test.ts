// A clean end, seen from outside: who is served to the end, who is turned away, who is cut, and with
// which exit code the process ends.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { TEST_KEY } from './support/proxy.ts'
import { startProgram } from './support/process.ts'
import type { ProgramOptions, Serving } from './support/process.ts'
import { rawRequest } from './support/raw.ts'
import { startUpstream } from './support/upstream.ts'

interface Connection {
  readonly socket: Socket
  /** Everything that came so far. */
  readonly text: () => string
  readonly ended: () => boolean
}

async function open (t: Test, port: number, bytes = ''): Promise<Connection> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  let text = ''
  let ended = false
  socket.on('data', (chunk: Buffer) => { text += chunk.toString('latin1') })
  socket.on('error', () => { ended = true }).on('close', () => { ended = true })
  await once(socket, 'connect')
  if (bytes !== '') socket.write(bytes, 'latin1')
  return { socket, text: () => text, ended: () => ended }
}

/** A proxy before an upstream that answers when it is told to. */
async function start (t: Test, env: Readonly<Record<string, string>> = {}, options: ProgramOptions = {}): Promise<{ program: Serving, waiting: ServerResponse[] }> {
  const waiting: ServerResponse[] = []
  const upstream = await startUpstream(t, { listener: (_request, response) => { waiting.push(response) } })
  const program = await startProgram(t, [], { ...options, env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, ...env } })
  return { program, waiting }
}

const when = (condition: () => boolean) => (): true | undefined => condition() || undefined

t.test('after SIGTERM what is under way finishes, and nothing new begins', async (t) => {
  const { program, waiting } = await start(t)
  const [busy, idle, silent] = await Promise.all([
    open(t, program.port, rawRequest('GET', '/slow')), open(t, program.port, rawRequest('GET', '/-/live')), open(t, program.port)
  ])
  await program.until('a request under way', when(() => waiting.length === 1))
  await program.until('a kept-alive connection', when(() => idle.text().endsWith('ok\n')))

  program.child.kill('SIGTERM')
  await program.until('the end of idle and of never-used connections', when(() => idle.ended() && silent.ended()))
  const late = connect(program.port, '127.0.0.1')
  t.match(await once(late, 'error'), [{ code: 'ECONNREFUSED' }], 'no new connection')
  busy.socket.write(rawRequest('GET', '/second'))
  waiting[0]?.end('first answer')
  const { code, signal } = await program.end()
  t.same({ code, signal }, { code: 0, signal: null })

  const [first = '', second = ''] = busy.text().split('first answer')
  t.match(first, /^HTTP\/1\.1 200 OK\r\n/)
  t.match(second, /^HTTP\/1\.1 503 Service Unavailable( \(langsmith-proxy: draining\))?\r\n/)
  t.match(second, /\r\nconnection: close\r\n/i)
  t.match(second, /\r\nretry-after: \d+\r\n/i)
  t.match(second, /"code":"draining"/)
  t.equal(waiting.length, 1, 'the second request did not go upstream')
  t.match(program.lines('proxy.draining'), [{ signal: 'SIGTERM', in_flight: 1 }])
  t.match(program.lines('proxy.stopped'), [{ cut: 0 }])
})

t.test('a large answer to a slow reader is whole, although the end was asked for', async (t) => {
  const size = 8 * 1024 * 1024
  const { program, waiting } = await start(t)
  const reader = await open(t, program.port, rawRequest('GET', '/large'))
  await program.until('a request under way', when(() => waiting.length === 1))
  reader.socket.pause()
  waiting[0]?.end(Buffer.alloc(size, 'x'))
  program.child.kill('SIGINT')
  await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
  await delay(200)
  t.equal(program.child.exitCode, null, 'it waits for the reader')
  reader.socket.resume()
  t.match(await program.end(), { code: 0 })
  await program.until('the end of the answer', reader.ended)
  t.equal(reader.text().length - reader.text().indexOf('\r\n\r\n') - 4 >= size, true)
  t.match(program.lines('request.completed'), [{ bytes_out: size }])
})

t.test('an answer that has ended waits in its socket for a slow reader: it is not cut with the idle connections', async (t) => {
  const size = 30_000 // one piece, so that it ends whether it is read or not
  const { program, waiting } = await start(t)
  const [reader, other] = await Promise.all([open(t, program.port), open(t, program.port, rawRequest('GET', '/other'))])
  await program.until('the other request', when(() => waiting.length === 1))
  reader.socket.pause()
  for (let sent = 1; sent === waiting.length && sent < 1000; sent++) { // until the systems between take no more
    reader.socket.write(rawRequest('GET', `/${sent}`))
    for (let ms = 0; waiting.length === sent && ms < 3000; ms += 5) await delay(5)
    waiting[sent]?.end(Buffer.alloc(size, 'x'))
  }
  const asked = waiting.length // the last request waits behind the answer that is not out
  program.child.kill('SIGTERM')
  await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
  waiting[0]?.end('done') // the end of another request is a reason to look for idle connections, too
  await program.until('the other answer', when(() => other.text().includes('done')))
  await delay(100)
  reader.socket.resume()
  t.match(await program.end(), { code: 0 })
  await program.until('the end of the answers', when(reader.ended))
  const answers = reader.text().split('HTTP/1.1 ').slice(1)
  t.strictSame(answers.map((answer) => answer.slice(0, 3)), [...Array<string>(asked - 1).fill('200'), '503'], 'what was sent behind it is turned away')
  t.ok(answers.slice(0, -1).every((answer) => answer.endsWith('x'.repeat(size))), 'each is whole')
  t.match(program.lines('proxy.stopped'), [{ cut: 0 }])
})

t.test('an answer of HTTP/1.0, which has no other end, is cut with a reset', async (t) => {
  const { program, waiting } = await start(t, { LANGSMITH_PROXY_DRAIN_DEADLINE: '300ms' })
  const reader = await open(t, program.port, 'GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n')
  const errors: string[] = []
  reader.socket.on('error', (error: NodeJS.ErrnoException) => { errors.push(error.code ?? '') })
  await program.until('a request under way', when(() => waiting.length === 1))
  waiting[0]?.write('before')
  await program.until('the first piece', when(() => reader.text().endsWith('before')))
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0 })
  await program.until('the cut', when(reader.ended))
  t.strictSame(errors, ['ECONNRESET'])
})

t.test('a stream goes on until the deadline and is then cut so that nobody takes it for complete', async (t) => {
  const { program, waiting } = await start(t, { LANGSMITH_PROXY_DRAIN_DEADLINE: '700ms', LANGSMITH_PROXY_LOG_LEVEL: 'debug' })
  const reader = await open(t, program.port, rawRequest('GET', '/stream'))
  await program.until('a request under way', when(() => waiting.length === 1))
  waiting[0]?.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: before\n\n')
  await program.until('the first event', when(() => reader.text().includes('before')))
  program.child.kill('SIGTERM')
  await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
  waiting[0]?.write('data: meanwhile\n\n')
  await program.until('an event while it drains', when(() => reader.text().includes('meanwhile')))
  const { code } = await program.end()
  t.equal(code, 0)
  await program.until('the cut', when(reader.ended))
  t.notMatch(reader.text(), /\r\n0\r\n\r\n/, 'no final chunk')
  t.match(program.lines('proxy.stopped'), [{ cut: 1 }])
  t.match(program.lines('request.aborted'), [{ by: 'proxy', status: 200, path: '/stream' }], 'the client is not blamed')
})

for (const { first, second, code } of [{ first: 'SIGTERM', second: 'SIGTERM', code: 143 }, { first: 'SIGTERM', second: 'SIGINT', code: 130 }] as const) {
  t.test(`${second} after ${first} ends at once with ${code}`, async (t) => {
    const { program, waiting } = await start(t, { LANGSMITH_PROXY_DRAIN_DEADLINE: '10m', LANGSMITH_PROXY_DRAIN_DELAY: '10m' })
    const client = await open(t, program.port, rawRequest('GET', '/slow'))
    await program.until('a request under way', when(() => waiting.length === 1))
    program.child.kill(first)
    await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
    program.child.kill(second)
    const end = await program.end()
    t.match(end, { code, signal: null })
    await program.until('the cut', when(client.ended))
    t.equal(client.text(), '', 'no made-up answer')
    t.same(program.lines().at(-1), { ...program.lines().at(-1), event: 'proxy.stopped', cut: 1 }, 'the last line says what became of it')
    t.same(program.lines('upstream.failed'), [], 'the upstream is not blamed')
  })
}

t.test('for the delay it still takes requests, while it is not ready any more', async (t) => {
  const { program, waiting } = await start(t, { LANGSMITH_PROXY_DRAIN_DELAY: '1500ms', LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: '0' })
  t.equal((await fetch(`${program.url}/-/ready`)).status, 200)
  program.child.kill('SIGTERM')
  await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
  t.equal((await fetch(`${program.url}/-/ready`)).status, 503)
  t.equal((await fetch(`${program.url}/-/live`)).status, 200)
  const answer = fetch(`${program.url}/runs`, { method: 'POST', body: '{}' }) // apps flush their traces when they stop, too
  await program.until('a request under way', when(() => waiting.length === 1))
  waiting[0]?.writeHead(202).end()
  t.equal((await answer).status, 202)
  t.match(await program.end(), { code: 0 })
})

t.test('a slow request and an event stream that end in time are whole, and the exit code is 0', async (t) => {
  const { program, waiting } = await start(t)
  const reader = await open(t, program.port, rawRequest('GET', '/stream'))
  await program.until('a stream under way', when(() => waiting.length === 1))
  waiting[0]?.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: before\n\n')
  await program.until('the first event', when(() => reader.text().includes('before')))
  const slow = fetch(`${program.url}/slow`).then((answer) => answer.text())
  await program.until('both under way', when(() => waiting.length === 2))

  program.child.kill('SIGTERM')
  t.match(await program.until('proxy.draining', () => program.lines('proxy.draining')[0]), { signal: 'SIGTERM', in_flight: 2 })
  waiting[0]?.write('data: meanwhile\n\n')
  await program.until('an event while it drains', when(() => reader.text().includes('meanwhile')))
  waiting[1]?.end('whole')
  t.equal(await slow, 'whole')
  waiting[0]?.end('data: last\n\n')
  t.match(await program.end(), { code: 0, signal: null })
  t.match(reader.text(), /data: last\n\n\r\n0\r\n\r\n$/, 'with its final chunk')
  t.match(program.lines('proxy.stopped'), [{ cut: 0 }])
})

t.test('SIGHUP does not end it', async (t) => {
  const { program } = await start(t)
  program.child.kill('SIGHUP')
  t.match(await program.until('config.reloaded', () => program.lines('config.reloaded')[0]), { by: 'SIGHUP', level: 'info' })
  t.equal((await fetch(`${program.url}/-/live`)).status, 200)
})

t.test('many requests under way and one signal: each gets its answer', async (t) => {
  const { program, waiting } = await start(t)
  const answers = Array.from({ length: 40 }, (_, i) => fetch(`${program.url}/runs/${i}`).then(async (answer) => [answer.status, await answer.text()]))
  await program.until('all under way', when(() => waiting.length === 40))
  program.child.kill('SIGTERM')
  await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
  for (const [i, response] of waiting.entries()) setTimeout(() => { response.end('whole') }, i * 5)
  for (const answer of await Promise.all(answers)) t.same(answer, [200, 'whole'])
  t.match(await program.end(), { code: 0 })
})

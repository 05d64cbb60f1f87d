// What a request may cost: its head, the time it takes, and how many there are at once.

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { listSettings } from '../../src/config/settings.ts'
import { HEAD_CHECK_MS, KEEP_ALIVE_MS, LIMIT_VARIABLES, MAX_HEAD_BYTES, MAX_HEADER_LINES } from '../../src/guard/limits.ts'
import { KEEP_ALIVE_MS as UPSTREAM_KEEP_ALIVE_MS, MAX_HEAD_BYTES as MAX_ANSWER_HEAD_BYTES } from '../../src/upstream/connections.ts'
import { MAX_INTERIM } from '../../src/upstream/relay.ts'
import { startProgram } from '../support/process.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const CLOSE = 'Connection: close'
/** A head is looked at every five seconds. */
const PATIENCE = 20_000

t.test('docs/limits.md says what the limits are', async (t) => {
  const rows = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8').split('\n').filter((line) => line.startsWith('| '))
  const constants = [
    `| Head of a request | ${MAX_HEAD_BYTES / 1024} KiB |`, `| Header lines | ${MAX_HEADER_LINES} lines |`, `| Idle connection | ${KEEP_ALIVE_MS / 1000} s |`, `(looked at every ${HEAD_CHECK_MS / 1000} s)`,
    `| Head of an answer | ${MAX_ANSWER_HEAD_BYTES / 1024} KiB |`, `| Interim answers (1xx) before an answer | ${MAX_INTERIM} |`, `| Idle connection to LangSmith | ${UPSTREAM_KEEP_ALIVE_MS / 1000} s |`
  ]
  for (const text of constants) t.ok(rows.some((row) => row.includes(text)), text)
  const settings = listSettings().filter(({ path }) => /^(listen\.max|listen\.bodyLimit|timeouts\.|drain\.deadline)/.test(path))
  t.ok(settings.length >= 8)
  for (const { path, default: value = 'none' } of settings) t.ok(rows.some((row) => row.includes(`\`${path}\``) && row.includes(`| ${value} |`)), `${path} ${value}`)
})

t.test('a refusal above a limit names the variable that the setting has', async (t) => {
  for (const [path, variable] of Object.entries(LIMIT_VARIABLES)) t.equal(listSettings().find((setting) => setting.path === path)?.variable, variable)
})

t.test('a head of many tiny lines is refused, however few bytes it has; what is below the limit passes whole', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const lines = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `x-${i}:`)

  for (const count of [499, 2000]) { // Host and Connection are two more
    const answer = await sendRaw(port, rawRequest('GET', '/runs', [CLOSE, ...lines(count)]))
    t.match(answer.text, /^HTTP\/1\.1 431 [^]*"code":"headers-too-large","detail":"the request has more than 500 header lines"/, `${count}`)
  }
  t.match(await sendRaw(port, rawRequest('GET', '/-/live', [CLOSE, ...lines(499)])), { status: 431 }, 'also for own pages')
  t.match((await sendRaw(port, rawRequest('GET', '/runs', [`x-large: ${'x'.repeat(17_000)}`]))).text, /^HTTP\/1\.1 431 [^]*larger than 16 KiB/)
  t.strictSame(upstream.received, [])

  t.match(await sendRaw(port, rawRequest('GET', '/runs', [CLOSE, ...lines(498)])), { status: 200 })
  t.equal(upstream.received[0]?.rawHeaders.filter((name) => /^x-\d+$/.test(name)).length, 498)
})

t.test('a head that drips in (slowloris) costs one connection for a while, and others nothing', async (t) => {
  const upstream = await startUpstream(t)
  const { port, events } = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '1s' } })
  const answers = Array.from({ length: 150 }, () => '')
  const slow = answers.map((_, i) => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    socket.on('data', (piece: Buffer) => { answers[i] = (answers[i] ?? '') + piece.toString('latin1') })
    if (i > 0) socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n') // the first one never sends a byte
    const drip = setInterval(() => { if (i > 0 && socket.writable) socket.write('x-a: b\r\n') }, 200)
    socket.once('close', () => { clearInterval(drip) })
    t.teardown(() => { socket.destroy() })
    return socket
  })
  let served = 0
  while (slow.some(({ closed }) => !closed) && served < 2000) { // some seconds
    const answer = await sendRaw(port, rawRequest('GET', '/runs', [CLOSE]))
    if (answer.status !== 200) break
    served++
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }

  t.ok(slow.every(({ closed }) => closed), 'all were closed, and until then every other request was answered')
  t.ok(answers.every((text) => /^HTTP\/1\.1 408 [^]*request-timeout/.test(text)), 'and told why')
  t.notOk(upstream.received.some(({ url }) => url === '/slow'))
  t.equal(events.filter((event) => event.event === 'request.denied').length, 1, 'one line, the rest is counted')
})

t.test('past listen.maxInFlight a request gets 503 with Retry-After; the pages of both listeners still answer', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const adminPort = (free.address() as AddressInfo).port
  await new Promise((resolve) => free.close(resolve))
  const proxy = await startProxy(t, {
    routes: [{ upstream: upstream.url }],
    env: { LANGSMITH_PROXY_LISTEN_MAX_IN_FLIGHT: '10', LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: String(adminPort) }
  })
  const waiting = Array.from({ length: 10 }, () => get(`${proxy.url}/runs`).on('error', () => {}))
  t.teardown(() => { for (const one of waiting) one.destroy() })
  await until(() => upstream.received.length === 10, 'all ten are taken', PATIENCE)

  t.match((await sendRaw(proxy.port, rawRequest('GET', '/runs', [CLOSE]))).text, /^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n[^]*"code":"overloaded","detail":"[^"]*\(listen\.maxInFlight\)","hint":"[^"]*\(LANGSMITH_PROXY_LISTEN_MAX_IN_FLIGHT\)"/)
  for (const page of ['/-/live', '/-/ready', '/-/startup', '/-/metrics']) t.match(await sendRaw(proxy.port, rawRequest('GET', page, [CLOSE])), { status: 200 }, page)
  for (const page of ['/-/live', '/-/ready']) t.match(await sendRaw(adminPort, rawRequest('GET', page, [CLOSE])), { status: 200 }, `${page} of the health listener`)

  waiting[0]?.destroy()
  await until(() => proxy.events.some(({ event }) => event === 'request.aborted'), 'one has left', PATIENCE)
  const next = connect({ port: proxy.port, host: '127.0.0.1' })
  t.teardown(() => { next.destroy() })
  next.write(rawRequest('GET', '/next'))
  await until(() => upstream.received.some(({ url }) => url === '/next'), 'there is room again', PATIENCE)
})

t.test('a reload takes over other limits', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const config = (limits: string): string => `credentials: { us: { apiKey: "env:KEY" } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]\n${limits}`
  const program = await startProgram(t, ['--config', 'config.yaml'], { env: { KEY: TEST_KEY, LANGSMITH_PROXY_LOG_LEVEL: 'info' }, files: { 'config.yaml': config('') } })
  const held = [1, 2].map(() => connect({ port: program.port, host: '127.0.0.1' }).on('error', () => {}).resume())
  t.teardown(() => { for (const socket of held) socket.destroy() })
  held[0]?.write(rawRequest('GET', '/held'))
  await until(() => upstream.received.length === 1, 'the first request', PATIENCE)

  writeFileSync(join(program.folder, 'config.yaml'), config('listen: { maxInFlight: 1 }\ntimeouts: { clientIdle: 500ms }\n'))
  t.match(await program.until('the reload', () => program.lines('config.reloaded')[0]), { changed: ['listen.maxInFlight', 'timeouts.clientIdle'], needs_restart: [] })

  t.match(await sendRaw(program.port, rawRequest('GET', '/runs', [CLOSE])), { status: 503, text: /listen\.maxInFlight/ })
  await until(() => held[1]?.closed === true, 'a connection that sends nothing is closed sooner', PATIENCE)

  writeFileSync(join(program.folder, 'config.yaml'), config('listen: { maxConnections: 1 }\n'))
  await program.until('the second reload', () => program.lines('config.reloaded')[1])
  t.match(await sendRaw(program.port, rawRequest('GET', '/runs', [CLOSE])), { status: 503, text: /listen\.maxConnections/ })
})

// /-/log-level of the admin listener: who may change the level, with what, and what it says otherwise.

import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { createAdminListener } from '../../src/admin/listener.ts'
import { LOG_LEVELS } from '../../src/config/config.ts'
import { listen } from '../../src/listen.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { sendRaw } from '../support/raw.ts'

/** An admin listener with a real log. */
async function start (t: Test, host = '127.0.0.1'): Promise<{ port: number, level: () => string, lines: string[] }> {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', write: (line) => { lines.push(line) }, maskText: (text) => text, maskLine: (line) => line })
  const { server } = createAdminListener({ started: true, stopping: false, canInject: () => true, keysAccepted: () => true }, { host, logLevel: logger })
  const { url, close } = await listen(server, host, 0, 'admin.port')
  t.teardown(() => { close(); server.closeAllConnections() })
  return { port: Number(new URL(url).port), level: logger.level, lines }
}

const put = (body: string, head = 'Host: localhost'): string => `PUT /-/log-level HTTP/1.1\r\n${head}\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`

// A web page can send requests to every port of this machine, also under a name that it has bound to 127.0.0.1.
t.test('it is for programs of this machine: no Origin, no other Host, no other method, nothing to read either', async (t) => {
  const { port, level } = await start(t)
  const heads: readonly (readonly [string, number])[] = [
    ['Host: evil.example', 421], [`Host: evil.example:${String(port)}`, 421], ['Host: localhost\r\nHost: evil.example', 400], ['Host: 10.0.0.7', 421],
    ['Host: localhost\r\nOrigin: null', 403], [`Host: localhost\r\nOrigin: http://localhost:${String(port)}`, 403], ['Host: localhost\r\nSec-Fetch-Site: cross-site', 403], ['Host: localhost\r\nSec-Fetch-Site: same-origin', 403]
  ]
  for (const [head, status] of heads) {
    t.equal((await sendRaw(port, put('debug', head))).status, status, head)
    const read = await sendRaw(port, `GET /-/log-level HTTP/1.1\r\n${head}\r\n\r\n`)
    t.equal(read.status, status, `GET: ${head}`)
    t.notMatch(read.text, /\r\n\r\ninfo/)
  }
  for (const method of ['POST', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) t.equal((await sendRaw(port, put('debug').replace('PUT', method))).status, 421, method)
  for (const path of ['/-/log-level/', '/-/log-level?', '/-/log%2dlevel', '//-/log-level', '/-/LOG-LEVEL']) t.equal((await sendRaw(port, put('debug').replace('/-/log-level', path))).status, 421, path)
  t.equal(level(), 'info')
})

t.test('what is no level is a 400 with the words that are, and changes nothing', async (t) => {
  const { port, level, lines } = await start(t)
  for (const body of ['', ' ', 'DEBUG', 'trace', 'debug info', '"debug"', 'level=debug', '{"level":"debug"}', 'debug\0', 'débug', '__proto__', '0']) {
    const answer = await sendRaw(port, put(body))
    t.equal(answer.status, 400, JSON.stringify(body))
    t.match(answer.text, /langsmith-proxy: log-level-unknown\).*"hint":"send one word: debug, info, warn, error or silent"/s, JSON.stringify(body))
  }
  t.equal(level(), 'info')
  t.same(lines, [])
})

t.test('a body of more than 32 bytes is refused before it has ended, however it comes', async (t) => {
  const { port, level } = await start(t)
  const long = 'debug'.padEnd(33)
  for (const request of [
    put(long), put(`debug${'\n'.repeat(1_000_000)}`), `PUT /-/log-level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n${long}`,
    `PUT /-/log-level HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n21\r\n${long}\r\n`
  ]) t.match(await sendRaw(port, request), { status: 413, text: /"code":"body-too-large".*debug, info/ }, request.slice(0, 90))
  t.equal(level(), 'info')
  t.equal((await sendRaw(port, put('debug'.padEnd(32)))).status, 200, 'what stands behind the word does not matter')
})

t.test('a body that does not arrive is told so in time, and one that breaks off changes nothing', async (t) => {
  const { port, level } = await start(t)
  const half = 'PUT /-/log-level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\ndebug'
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  let text = ''
  socket.setEncoding('latin1').on('data', (piece: string) => { text += piece }).write(half)
  await once(socket, 'close')
  t.match(text, /^HTTP\/1\.1 408 .*"code":"request-timeout"/s)
  await sendRaw(port, half) // ends its side
  t.equal(level(), 'info')
})

t.test('each word is taken, shown and told in the log, whatever the level was and is', async (t) => {
  const { port, level, lines } = await start(t)
  for (const word of [...LOG_LEVELS, ...LOG_LEVELS.toReversed()]) {
    const before = level()
    lines.length = 0
    t.match(await sendRaw(port, put(`${word}\n`)), { status: 200, text: new RegExp(`x-langsmith-proxy: proxy\r\n[^]*\r\n\r\n(?:\\w+\r\n)?${word}\n`, 'i') }, word)
    t.equal(level(), word)
    t.match(lines.map((line) => JSON.parse(line) as unknown), before === word ? [] : [{ level: 'info', event: 'log.level_changed', from: before, to: word, msg: String }])
    t.equal(lines.length, before === word ? 0 : 1)
    t.match(await sendRaw(port, 'GET /-/log-level HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'), { status: 200, text: new RegExp(`${word}\n`) })
  }
})

t.test('a listener that other machines may reach has no such page', async (t) => {
  const { port, level } = await start(t, '0.0.0.0')
  for (const request of [put('debug'), 'GET /-/log-level HTTP/1.1\r\nHost: localhost\r\n\r\n']) t.match(await sendRaw(port, request), { status: 421, text: /"code":"no-route".*health pages only/ })
  t.equal(level(), 'info')
})

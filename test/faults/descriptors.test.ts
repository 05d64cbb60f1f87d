// Each connection takes a file descriptor. Whoever opens many, by intent or in a loop, must not end the
// process, nor keep it from serving those who are connected, nor leave nothing in the log: libuv closes
// what finds no place without telling anybody, so from outside the proxy only looks dead.

import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import { failureOf } from '../../src/upstream/failures.ts'
import { EgressError } from '../../src/upstream/tunnel.ts'
import { startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

interface Answer { readonly status: number | undefined, readonly retryAfter: string | undefined, readonly text: string }

/** A GET on the one connection of an agent, which stays open. */
function get (url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece }).once('error', reject)
      response.once('end', () => { resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], text }) })
    }).once('error', reject).end()
  })
}

t.test('without free descriptors: 503 for those who are connected, one line in the log, no end, and all is well afterwards', { skip: process.platform !== 'linux' && 'reads /proc' }, async (t) => {
  const upstream = await startUpstream(t)
  const program = await startProgram(t, [], { shell: 'ulimit -n 64;', env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url } })
  const descriptors = (): number => readdirSync(`/proc/${program.pid}/fd`).length
  const early = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { early.destroy() })
  t.match(await get(`${program.url}/runs`, early), { status: 200 })
  const before = descriptors()
  const crowd: Socket[] = []
  t.teardown(() => { for (const socket of crowd) socket.destroy() })

  for (let i = 0; i < 200; i++) crowd.push(connect(program.port, '127.0.0.1').on('error', () => {}))
  await program.until('connections that found no place', () => crowd.some(({ closed }) => closed) || undefined)
  await program.until('the line in the log', () => program.lines('descriptors.exhausted')[0])
  upstream.server.closeAllConnections() // the next request needs a new one
  crowd.push(connect(program.port, '127.0.0.1').on('error', () => {})) // takes the place of the old one
  await program.until('a full table', () => descriptors() >= 64 || undefined)

  const refused = await get(`${program.url}/runs`, early)
  t.match(refused, { status: 503, retryAfter: '1' })
  t.match(JSON.parse(refused.text), { code: 'overloaded', detail: /no file descriptor left/, hint: /ulimit -n/ })
  t.match(await get(`${program.url}/-/live`, early), { status: 200 }, 'who is connected sees that it lives')
  await delay(300) // for a second line that must not come
  t.match(program.lines('descriptors.exhausted'), [{ level: 'error', code: 'overloaded', reason: 'EMFILE', msg: /no file descriptor is left \(EMFILE\)/ }])
  t.equal(program.lines('descriptors.exhausted').length, 1, 'said once')
  t.same(program.lines('upstream.failed'), [], 'the upstream is not blamed')

  for (const socket of crowd) socket.destroy()
  await program.until('an answer', async () => request(`${program.url}/runs`).then(async ({ statusCode, body }) => { await body.dump(); return statusCode === 200 || undefined }, () => undefined))
  await program.until('descriptors back', () => descriptors() <= before + 3 || undefined)
  t.match(await get(`${program.url}/runs`, early), { status: 200 })
  t.equal(program.child.exitCode, null)

  program.child.kill('SIGTERM')
  t.equal((await program.end()).code, 0)
  const [counted] = program.lines('events.repeated').filter(({ of }) => of === 'descriptors.exhausted')
  t.match(counted, { code: 'overloaded', count: Number }, 'what came after the first is counted')
})

t.test('a connection that finds no descriptor is the proxy\'s own shortage, on the way through an egress proxy as well', async (t) => {
  for (const code of ['EMFILE', 'ENFILE']) {
    const error = Object.assign(new Error(), { code })
    for (const failure of [failureOf(error, false), failureOf(new EgressError(undefined, error), false)]) t.match(failure, { code: 'overloaded', reason: code, hint: /open files/ })
  }
})

// `langsmith-proxy stop`: what it needs, what it waits for, and what it says came of it.

import { createServer } from 'node:http'
import type { RequestListener, ServerResponse } from 'node:http'
import t from 'tap'
import type { Test } from 'tap'
import { stop } from '../../src/commands/stop.ts'
import { answering, said } from './admin-support.ts'
import { freePort } from '../support/free-port.ts'
import { runProgram, spawnProgram, startProgram } from '../support/process.ts'
import type { Serving } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

const adminAt = (port: number | string): Record<string, string> => ({ LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: String(port) })

const saidBy = (env: Record<string, string>, flags: Record<string, string> = {}): ReturnType<typeof said> => said(stop, { env, flags })

/** A proxy with an admin listener, before an upstream that answers when it is told to. */
async function start (t: Test, env: Record<string, string> = {}): Promise<{ program: Serving, admin: Record<string, string>, waiting: ServerResponse[] }> {
  const waiting: ServerResponse[] = []
  const upstream = await startUpstream(t, { listener: (_request, response) => { waiting.push(response) } })
  const admin = adminAt(await freePort())
  const program = await startProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, ...admin, ...env } })
  return { program, admin, waiting }
}

t.test('without an admin listener on loopback there is nobody to ask, and it says what to set', async (t) => {
  const hint = /admin: \{ host: 127\.0\.0\.1, port: .*SIGTERM/
  t.match(await saidBy({}), { code: 'usage-invalid', exitCode: 2, message: /no admin listener/, hint })
  t.match(await saidBy({ LANGSMITH_PROXY_ADMIN_HOST: '0.0.0.0', LANGSMITH_PROXY_ADMIN_PORT: '5765' }), { exitCode: 2, message: /admin\.host.*other machines/, hint })
  t.match(await saidBy(adminAt(0)), { exitCode: 2, message: /free port was picked/, hint })
  t.match(await saidBy(adminAt(1), { max: '5' }), { exitCode: 2, message: /--max takes a duration/ })
})

t.test('what answers, but not as a proxy that can be stopped, is told apart', async (t) => {
  t.match(await saidBy(adminAt(1)), { code: 'not-stopped', exitCode: 1, message: 'no proxy answers at http://127.0.0.1:1, the address of its admin listener', hint: /SIGTERM/ })
  const cases: readonly (readonly [RequestListener, RegExp])[] = [
    [(_request, response) => { response.end('stopped\n') }, /is not langsmith-proxy$/],
    [(_request, response) => { response.writeHead(404).end('x'.repeat(100_000)) }, /is not langsmith-proxy$/],
    [(_request, response) => { response.writeHead(421, { 'x-langsmith-proxy': 'proxy; code=no-route' }).end() }, /takes no \/-\/stop$/],
    [(_request, response) => { response.writeHead(200, { 'x-langsmith-proxy': 'proxy' }).write('stopping\n', () => { response.destroy() }) }, /ended before it had finished/],
    [(request) => { request.socket.destroy() }, /^no proxy answers/]
  ]
  for (const [listener, message] of cases) t.match(await saidBy(adminAt(await answering(t, listener)), { max: '2s' }), { code: 'not-stopped', message }, String(message))
})

t.test('it waits for what is under way, and says that all of it has finished', async (t) => {
  const { program, admin, waiting } = await start(t)
  const answer = fetch(`${program.url}/slow`).then((response) => response.text())
  await program.until('a request under way', () => waiting.length === 1 || undefined)
  const stopping = spawnProgram(t, ['stop'], { env: admin })
  await program.until('proxy.draining', () => program.lines('proxy.draining')[0])
  t.match(program.lines('proxy.draining'), [{ signal: 'POST /-/stop', in_flight: 1 }])
  t.equal((await fetch(`http://127.0.0.1:${admin.LANGSMITH_PROXY_ADMIN_PORT ?? ''}/-/ready`)).status, 503, 'probes are still answered')
  t.equal(stopping.child.exitCode, null)
  waiting[0]?.end('whole')
  t.equal(await answer, 'whole')
  t.match(await stopping.end(), { code: 0, stdout: 'stopped; no request was cut\n', stderr: '' })
  t.match(await program.end(), { code: 0 })
})

t.test('it says how many requests were cut at the deadline', async (t) => {
  const { program, admin, waiting } = await start(t, { LANGSMITH_PROXY_DRAIN_DEADLINE: '500ms' })
  fetch(`${program.url}/slow`).catch(() => {})
  await program.until('a request under way', () => waiting.length === 1 || undefined)
  t.match(await runProgram(t, ['stop'], { env: admin }), { code: 0, stdout: 'stopped; one request was cut\n' })
  t.match(await program.end(), { code: 0 })
})

// A supervisor starts the next proxy at once; that one is not the one that was asked to stop.
t.test('it ends with 0 once the proxy that it asked has ended, though the next one listens there already', async (t) => {
  const { program, admin } = await start(t)
  const port = Number(admin.LANGSMITH_PROXY_ADMIN_PORT)
  const next = createServer((_request, response) => { response.writeHead(200, { 'x-langsmith-proxy': 'proxy' }).end('live\n') })
  t.teardown(() => { next.close(); next.closeAllConnections() })
  const retry = setInterval(() => { if (!next.listening) next.listen(port, '127.0.0.1') }, 2)
  t.teardown(() => { clearInterval(retry) })
  next.on('error', () => {}) // the first one still listens
  t.equal(await saidBy(admin, { max: '5s' }), 'stopped; no request was cut\n')
  t.match(await program.end(), { code: 0 })
  await program.until('the next one', () => next.listening || undefined)
})

t.test('when it says that the proxy has stopped, both ports are free', async (t) => {
  for (let times = 0; times < 3; times++) {
    const { program, admin } = await start(t)
    t.equal(await saidBy(admin), 'stopped; no request was cut\n')
    for (const port of [program.port, Number(admin.LANGSMITH_PROXY_ADMIN_PORT)]) {
      const next = createServer()
      await new Promise<void>((resolve, reject) => { next.once('error', reject).listen(port, '127.0.0.1', resolve) })
      next.close()
    }
  }
})

t.test('an answer that ends without having said so is no end of the proxy', async (t) => {
  const port = await answering(t, (_request, response) => { response.writeHead(200, { 'x-langsmith-proxy': 'proxy' }).end('stopping\n') })
  t.match(await saidBy(adminAt(port), { max: '2s' }), { code: 'not-stopped', message: /ended before it had finished/ })
})

t.test('it waits for --max only, and a signal ends what it began', async (t) => {
  const { program, admin, waiting } = await start(t, { LANGSMITH_PROXY_DRAIN_DEADLINE: '10m' })
  fetch(`${program.url}/slow`).catch(() => {})
  await program.until('a request under way', () => waiting.length === 1 || undefined)
  t.match(await saidBy(admin, { max: '500ms' }), { code: 'not-stopped', message: /is still stopping: requests are under way/, hint: /--max/ })
  t.equal(program.child.exitCode, null, 'it goes on stopping')
  const second = saidBy(admin)
  await new Promise((resolve) => { setTimeout(resolve, 200) })
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 143 })
  t.match(await second, { code: 'not-stopped', message: /ended before it had finished/ })
})

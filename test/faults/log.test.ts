// A log that cannot be written, seen together with what else goes on: a file that has reached its limit and is emptied
// (what log rotation and a full disk come to), and a pipe that nobody reads while upstream and clients fail.
// What destination.ts does by itself is in test/observe/destination.test.ts.

import { closeSync, openSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Pool, request } from 'undici'
import { CANNOT_MEASURE, startInspected } from './inspected.ts'
import { freePort } from '../support/free-port.ts'
import { spawnProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

async function lostLines (url: string): Promise<number> {
  const text = await (await request(`${url}/-/metrics`)).body.text()
  return Number(/^langsmith_proxy_log_lines_lost_total (\d+)$/m.exec(text)?.[1] ?? 'NaN')
}

/** Sends requests that leave a line of about 500 bytes each, and looks at every answer. */
async function send (url: string, requests: number, path = `/${'a'.repeat(190)}`): Promise<Record<string, number>> {
  const pool = new Pool(url, { connections: 20 })
  const statuses: Record<string, number> = {}
  let sent = 0
  const work = async (): Promise<void> => {
    while (sent++ < requests) {
      const { statusCode, body } = await pool.request({ path, method: 'GET' })
      await body.dump()
      statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
  await pool.destroy()
  return statuses
}

// The system answers a write past the limit with a signal that ends a program which does not expect it (SIGXFSZ). Node ignores
// it; what tap puts into the processes of a test (NODE_OPTIONS) does not.
t.test('a log file at its limit: served on, lines counted; when it is emptied, one notice, and the log goes on', { skip: process.platform === 'win32' && 'needs ulimit' }, async (t) => {
  const upstream = await startUpstream(t)
  const file = join(t.testdir(), 'proxy.log')
  const descriptor = openSync(file, 'a')
  t.teardown(() => { closeSync(descriptor) })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const program = spawnProgram(t, ['--port', String(port)], {
    shell: 'unset NODE_OPTIONS; ulimit -f 3000;', stdio: ['ignore', 'pipe', descriptor], env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_LOG_FORMAT: 'json' }
  })
  const events = (): Record<string, unknown>[] => readFileSync(file, 'utf8').split('\n').flatMap((line) => line.endsWith('}') && line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [])
  await program.until('the start', () => lostLines(url).then(() => true, () => undefined))

  t.same(await send(url, 5000), { 200: 5000 }, 'every request is served')
  const lost = await lostLines(url)
  t.ok(lost > 500, `${lost} lines are lost`)
  t.equal(program.child.exitCode, null)

  truncateSync(file)
  const notice = await program.until('log.lost', () => events().find(({ event }) => event === 'log.lost'))
  t.match(notice, { level: 'warn', lines: Number })
  t.same(await send(url, 1, '/after'), { 200: 1 })
  await program.until('a later line', () => events().find(({ path }) => path === '/after'))
  t.equal(events().filter(({ event }) => event === 'log.lost').length, 1, 'said once')
  program.child.kill('SIGTERM')
  await program.until('the end', () => program.child.exitCode ?? undefined)
  t.equal(program.child.exitCode, 0)
})

t.test('a log that nobody reads while the upstream fails: answers stay right, memory does not grow, and all is told when it is read', { skip: CANNOT_MEASURE }, async (t) => {
  let answered = 0
  const upstream = await startUpstream(t, { listener: (_request, response) => { if (answered++ % 3 === 0) response.socket?.destroy(); else response.end('fine') } })
  const program = await startInspected(t, `routes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]`)
  program.child.stderr?.pause()
  const first = await send(program.url, 4000)
  t.same(Object.keys(first), ['200', '502'], 'a GET meets a dead connection twice at times')
  t.ok(await lostLines(program.url) > 500, 'the pipe is full, and so is what may wait')
  const memory = await program.memory()
  await send(program.url, 4000)
  const growth = await program.memory() - memory
  t.ok(growth < 2 * 1024 * 1024, `4000 more requests left ${(growth / 1024).toFixed()} KiB; their lines have 4 MiB`)
  const lost = await lostLines(program.url)

  program.child.stderr?.resume()
  const notice = await program.until('log.lost', () => program.lines('log.lost')[0])
  t.ok(Number(notice.lines) >= lost, `${String(notice.lines)} lines were lost`)
  await send(program.url, 10, '/after')
  await program.until('later lines', () => program.lines('request.completed').filter(({ path }) => path === '/after').length === 10 || undefined)
  t.equal(program.lines('log.lost').length, 1, 'said once')
  program.child.kill('SIGTERM')
  t.equal((await program.end()).code, 0)
})

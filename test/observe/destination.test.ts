// P12: logging never stops service and never blocks a request. A log that nobody reads, a full disk and
// a reader that went away have each stopped programs like this one.

import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { Pool } from 'undici'
import { openDestination } from '../../src/observe/destination.ts'
import { freePort } from '../support/free-port.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { spawnProgram, startProgram } from '../support/process.ts'
import type { Program } from '../support/process.ts'
import { startUpstream } from '../support/upstream.ts'

/** Requests that leave more than 5 MB of log. */
const MANY = 8000
const LONG_PATH = `/-/${'a'.repeat(190)}`

async function fillLog (t: Test, url: string): Promise<void> {
  const pool = new Pool(url, { connections: 20 })
  t.teardown(() => pool.destroy())
  let left = MANY
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body } = await pool.request({ path: LONG_PATH, method: 'GET' })
      await body.dump()
      if (statusCode !== 421) throw new Error(`unexpected ${statusCode}`)
    }
  }
  await Promise.all(Array.from({ length: 20 }, worker))
}

async function lostLines (url: string): Promise<number> {
  const text = await (await fetch(`${url}/-/metrics`)).text()
  return Number(/^langsmith_proxy_log_lines_lost_total (\d+)$/m.exec(text)?.[1] ?? 'NaN')
}

async function envFor (t: Test): Promise<Record<string, string>> {
  const upstream = await startUpstream(t)
  return { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_LOG_FORMAT: 'json' }
}

const answers = (program: Program, url: string): Promise<Response> => program.until('an answer', () => fetch(`${url}/runs`).catch(() => undefined))

t.test('a log that nobody reads: requests are served on, lost lines are counted, and said once it is read again', async (t) => {
  const program = await startProgram(t, [], { env: await envFor(t) })
  program.child.stderr?.pause()
  await fillLog(t, program.url)
  t.equal((await answers(program, program.url)).status, 200)
  const lost = await lostLines(program.url)
  t.ok(lost > 1000, `${lost} lines are counted while it is stuck`)

  program.child.stderr?.resume()
  const line = await program.until('log.lost', () => program.lines('log.lost')[0])
  t.match(line, { level: 'warn', lines: Number })
  t.ok(Number(line.lines) >= lost)
  t.equal(await lostLines(program.url), line.lines, 'each lost line is counted once')
  await fetch(`${program.url}/after`)
  await program.until('later lines', () => program.lines('request.completed').find(({ path }) => path === '/after'))
  t.equal(program.lines('log.lost').length, 1)
})

t.test('a log that nobody reads does not keep the process from ending', async (t) => {
  const program = await startProgram(t, [], { env: await envFor(t) })
  program.child.stderr?.pause()
  await fillLog(t, program.url)
  program.child.kill('SIGTERM')
  await program.until('the end', () => program.child.exitCode ?? undefined)
  t.equal(program.child.exitCode, 0)
})

t.test('a reader that went away: requests are served on, and it ends cleanly', async (t) => {
  const program = await startProgram(t, [], { env: await envFor(t) })
  program.child.stderr?.destroy()
  for (let i = 0; i < 20; i++) t.equal((await fetch(`${program.url}/runs`)).status, 200)
  program.child.kill('SIGTERM')
  await program.until('the end', () => program.child.exitCode ?? undefined)
  t.equal(program.child.exitCode, 0)
})

t.test('a full disk: requests are served on, lost lines are counted, and it ends cleanly', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => { closeSync(full) })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const program = spawnProgram(t, ['--port', String(port)], { env: await envFor(t), stdio: ['ignore', 'pipe', full] })
  t.equal((await answers(program, url)).status, 200)
  await fillLog(t, url)
  t.equal((await answers(program, url)).status, 200)
  t.ok(await lostLines(url) > 1000)
  program.child.kill('SIGTERM')
  await program.until('the end', () => program.child.exitCode ?? undefined)
  t.equal(program.child.exitCode, 0)
})

t.test('after a failure it takes lines again without being written to, however full its memory is', async (t) => {
  const fifo = join(t.testdir(), 'log')
  execFileSync('mkfifo', [fifo])
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  t.teardown(() => { closeSync(writer) })
  const destination = openDestination(writer)
  const told: number[] = []
  destination.onRecovery((lines) => { told.push(lines); destination.write(`lost ${lines}\n`) })

  closeSync(reader) // now every write fails
  const line = `${'x'.repeat(999)}\n`
  for (let i = 0; i < 2000; i++) {
    destination.write(line)
    if (i % 100 === 0) await delay(1)
  }
  const lost = destination.lost()
  t.ok(lost > 500, `${lost} lines lost`)
  t.same(told, [])

  const again = new Socket({ fd: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
  t.teardown(() => { again.destroy() })
  let text = ''
  again.on('data', (chunk: Buffer) => { text += chunk.toString() })
  while (!text.includes('lost')) await delay(20)
  t.same(told, [lost])
  t.equal(destination.lost(), lost)
  t.match(text, new RegExp(`lost ${lost}\n$`))
  t.equal(text.split(line).length - 1, 2000 - lost, 'what was not lost came whole and once')
  await destination.close(2000)
})

t.test('closing hands over what waits, and gives up in time', async (t) => {
  const fifo = join(t.testdir(), 'log')
  execFileSync('mkfifo', [fifo])
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK) // never read
  t.teardown(() => { closeSync(fd) })
  const stuck = openDestination(fd)
  for (let i = 0; i < 100; i++) stuck.write(`${'x'.repeat(9999)}\n`)
  await stuck.close(50)
  t.pass('it gave up')

  const quiet = openDestination(fd)
  await quiet.close(10_000)
  t.pass('nothing waits, so it need not')
})

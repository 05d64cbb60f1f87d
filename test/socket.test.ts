// The proxy on a Unix socket, as a process and as people use it: with curl.

import { execFile, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { runProgram, spawnProgram } from './support/process.ts'
import type { Program } from './support/process.ts'
import { TEST_KEY } from './support/proxy.ts'
import { startUpstream, valuesOf } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

const NO_CURL = spawnSync('curl', ['--version'], { timeout: 5000 }).status === 0 ? false : 'needs curl (apt-get install curl)'

interface Running { readonly program: Program, readonly upstream: Upstream, readonly socket: string, readonly env: Record<string, string> }

async function start (t: Test, more: Readonly<Record<string, string>> = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const upstream = await startUpstream(t)
  const socket = join(folder, 'proxy.sock')
  const env = { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_LISTEN_SOCKET: socket, ...more }
  const program = spawnProgram(t, [], { env })
  t.match(await program.until('the start', () => program.lines('proxy.started')[0]), { url: `unix:${socket}` })
  return { program, upstream, socket, env }
}

function curl (socket: string, ...args: readonly string[]): Promise<{ readonly status: string, readonly body: string }> {
  return new Promise((resolve) => {
    execFile('curl', ['-s', '--max-time', '20', '--unix-socket', socket, '-w', '\n%{http_code}', ...args], (_error, stdout) => {
      const at = stdout.lastIndexOf('\n')
      resolve({ status: stdout.slice(at + 1), body: stdout.slice(0, at) })
    })
  })
}

t.test('the guard holds on a socket, too: other names and web pages are refused', { skip: NO_CURL }, async (t) => {
  const { socket, upstream } = await start(t)
  t.match(await curl(socket, 'http://evil.example/runs'), { status: '421', body: /host-not-allowed/ })
  t.match(await curl(socket, '-H', 'Origin: https://evil.example', 'http://localhost/runs'), { status: '403', body: /browser-request/ })
  t.match(await curl(socket, '-H', 'Sec-Fetch-Site: cross-site', 'http://localhost/-/refusals'), { status: '403' })
  t.same(upstream.received, [])
})

t.test('curl reaches LangSmith and all own pages through it', { skip: NO_CURL }, async (t) => {
  const { socket, upstream, program } = await start(t)
  t.match(await curl(socket, 'http://localhost/api/v1/sessions?limit=1'), { status: '200', body: 'ok' })
  t.match(upstream.received.map(({ url }) => url), ['/api/v1/sessions?limit=1'])
  t.same(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-api-key'), [TEST_KEY])
  // Who reaches the socket is on this machine, though it has no address.
  for (const page of ['live', 'ready', 'startup', 'metrics', 'refusals']) t.match(await curl(socket, `http://localhost/-/${page}`), { status: '200' }, page)
  t.equal(lstatSync(socket).mode & 0o777, 0o600)
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0 })
  t.equal(existsSync(socket), false, 'it is gone')
})

t.test('connections on a socket are not counted as those of one address', { skip: NO_CURL }, async (t) => {
  const { socket } = await start(t, { LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS_PER_ADDRESS: '1' })
  const answers = await Promise.all(Array.from({ length: 5 }, () => curl(socket, 'http://localhost/runs')))
  t.same(answers.map(({ status }) => status), ['200', '200', '200', '200', '200'])
})

t.test('a second proxy does not take the socket, and one that was killed leaves it for the next', async (t) => {
  const { program, socket, env } = await start(t)
  t.match(await runProgram(t, [], { env }), { code: 1, stderr: /^error: the socket .* is in use by another program\nhint: / })
  t.match(await runProgram(t, ['wait', '--once'], { env }), { code: 0 }, 'the first goes on')
  program.child.kill('SIGKILL')
  await program.end()
  t.equal(existsSync(socket), true)
  t.match(await runProgram(t, ['wait', '--once'], { env }), { code: 1 })
  const next = spawnProgram(t, [], { env })
  await next.until('the start', () => next.lines('proxy.started')[0])
  t.match(await runProgram(t, ['wait', '--once'], { env }), { code: 0 })
  next.child.kill('SIGTERM')
  next.child.kill('SIGTERM')
  await next.end()
  t.equal(existsSync(socket), false, 'also after a hurried end')
})

t.test('a reload does not move the listener, and says so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const config = (mode: string): string => `listen: { socket: ${join(folder, 'p.sock')}, mode: "${mode}" }\ncredentials: { us: { apiKey: "env:LS_CREDENTIAL" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n`
  const program = spawnProgram(t, ['--config', 'proxy.yaml'], { env: { LS_CREDENTIAL: TEST_KEY }, files: { 'proxy.yaml': config('0600') } })
  await program.until('the start', () => program.lines('proxy.started')[0])
  writeFileSync(join(program.folder, 'proxy.yaml'), config('0666'))
  program.child.kill('SIGHUP')
  t.match(await program.until('the reload', () => program.lines('config.reloaded')[0]), { changed: ['listen.mode'], needs_restart: ['listen.mode'] })
})

t.test('doctor and explain find it there', async (t) => {
  const { socket, env } = await start(t)
  t.match((await runProgram(t, ['doctor'], { env })).stdout, `it runs at unix:${socket} and is ready`)
  t.match((await runProgram(t, ['explain', 'GET', '/runs'], { env })).stdout, `the proxy at unix:${socket} has seen no refusal`)
  t.match(await runProgram(t, ['explain', 'GET', '/runs', '--send'], { env }), { code: 0, stdout: /sent\s+200 from LangSmith/ }, 'its own proxy is elsewhere')
  t.equal(existsSync(socket), true)
})

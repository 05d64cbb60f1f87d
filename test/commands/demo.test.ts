// "demo", "sandbox" and "wait": what a person tries first, and what containers wait with.

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import { DEMO_CALLS } from '../../src/commands/demo-calls.ts'
import { sandbox } from '../../src/commands/sandbox.ts'
import { wait } from '../../src/commands/wait.ts'
import { ProxyError } from '../../src/errors.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { runProgram, spawnProgram, startProgram } from '../support/process.ts'
import { startUpstream } from '../support/upstream.ts'

const run = promisify(execFile)

async function isMissing (tool: string): Promise<string | false> {
  return run(tool, ['--version']).then(() => false, () => `${tool} is not installed here`)
}

const MISSING = { curl: await isMissing('curl'), wget: await isMissing('wget') }

/** The error of a command that runs in this process. */
async function refusalOf (command: typeof wait, flags: Record<string, string | boolean>, env: Record<string, string> = {}): Promise<ProxyError> {
  const error: unknown = await command.run({ env, flags, version: '0.0.0', print: () => {} }).then(() => undefined, (caught: unknown) => caught)
  if (error instanceof ProxyError) return error
  throw new Error('it was accepted', { cause: error })
}

t.test('wait: what cannot be meant is refused with 2', async (t) => {
  const cases: readonly Record<string, string | boolean>[] = [
    { for: 'startup' }, { for: '' }, { max: '30' }, { max: '-1s' }, { max: '5h' }, { port: '0' }
  ]
  for (const flags of cases) t.match(await refusalOf(wait, { once: true, ...flags }), { code: 'usage-invalid', exitCode: 2 }, JSON.stringify(flags))
  for (const port of ['65536', 'http', '']) t.match(await refusalOf(wait, { once: true, port }), { code: 'config-invalid', exitCode: 2 }, port)
  t.match(await refusalOf(wait, { once: true }, { LANGSMITH_PROXY_PORT: 'x' }), { code: 'config-invalid', exitCode: 2 })
})

async function answering (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return String((server.address() as AddressInfo).port)
}

t.test('wait: it ends with 1 when the proxy does not answer well in time', async (t) => {
  const notReady = await answering(t, (request, response) => { response.writeHead(request.url === '/-/live' ? 200 : 503).end() })
  t.match(await refusalOf(wait, { once: true, port: notReady }), { code: 'not-ready', exitCode: 1, message: new RegExp(`^the proxy at http://localhost:${notReady} is not ready$`) })
  t.match(await refusalOf(wait, { max: '300ms', port: notReady }), { code: 'not-ready', exitCode: 1 })
  t.match(await refusalOf(wait, { once: true, port: '1', for: 'live' }), { code: 'not-ready', message: /not live/ })
  t.equal(await wait.run({ env: {}, flags: { once: true, for: 'live', port: notReady }, version: '', print: () => {} }), 0)
})

t.test('wait: it says what the page says, which may be of another program', async (t) => {
  const cases: readonly (readonly [body: string, said: string])[] = [
    ['not yet: a route has no key\n', ': not yet: a route has no key'], ['first\r\nsecond', ': first'], ['\n\nlate', ''], ['', ''],
    ['a\x1b[2J\x07\u202eb\xe9\tc', ': a[2Jbc'], ['y'.repeat(70_000), `: ${'y'.repeat(200)}`], [`${'\x00'.repeat(300)}z`, ': z']
  ]
  for (const [body, said] of cases) {
    const port = await answering(t, (_request, response) => { response.writeHead(503).end(body) })
    t.equal((await refusalOf(wait, { once: true, port })).message, `the proxy at http://localhost:${port} is not ready${said}`, JSON.stringify(body.slice(0, 20)))
  }
  const cut = await answering(t, (_request, response) => { response.writeHead(503, { 'content-length': '99' }).write('half', () => { response.destroy() }) })
  t.match((await refusalOf(wait, { once: true, port: cut })).message, /is not ready(?:: half)?$/)
  let asked = 0
  const once = await answering(t, (_request, response) => { if (++asked === 1) response.writeHead(503).end('not yet'); else response.destroy() })
  t.match((await refusalOf(wait, { max: '300ms', port: once })).message, /is not ready$/, 'what it says last, not what it once said')
})

t.test('wait: it asks where the config file lets the proxy listen', async (t) => {
  const port = await answering(t, (_request, response) => { response.end() })
  const folder = t.testdir({ 'config.yaml': `listen: { port: ${port} }\ncredentials: { us: { apiKey: "env:KEY_US" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n` })
  t.equal(await wait.run({ env: { LANGSMITH_PROXY_CONFIG: `${folder}/config.yaml` }, flags: { once: true }, version: '', print: () => {} }), 0)
})

t.test('wait: it asks again until the proxy is ready', async (t) => {
  let asked = 0
  const port = await answering(t, (_request, response) => { response.writeHead(++asked < 3 ? 503 : 200).end() })
  t.equal(await wait.run({ env: { LANGSMITH_PROXY_PORT: port }, flags: {}, version: '', print: () => {} }), 0)
  t.equal(asked, 3)
})

t.test('wait: as a program, for a proxy that is there and one that is not', async (t) => {
  const program = await startProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY } })
  const [there, absent, wrong] = await Promise.all([
    runProgram(t, ['wait', '--port', String(program.port)]),
    runProgram(t, ['wait', '--once', '--port', '1']),
    runProgram(t, ['wait', '--for', 'nothing'])
  ])
  t.match(there, { code: 0, stdout: '', stderr: '' })
  t.match(absent, { code: 1, stderr: /^error: the proxy at http:\/\/localhost:1 is not ready\nhint: / })
  t.match(wrong, { code: 2, stderr: /^error: --for takes live or ready\nhint: / })
})

t.test('demo --once makes three calls, shows request, answer and log of each, and ends with 0', async (t) => {
  const end = await runProgram(t, ['demo', '--once'])
  t.match(end, { code: 0, stderr: '' })
  for (const [i, { about, status }] of DEMO_CALLS.entries()) {
    const part = end.stdout.slice(end.stdout.indexOf(`${i + 1}. ${about}`), end.stdout.indexOf(`${i + 2}. `) + 1 || undefined)
    t.match(part, new RegExp(`^< HTTP/1\\.1 ${status} `, 'm'), about)
    t.match(part, /^log: /m, about)
    t.match(part, /^(curl|wget) .*http:\/\/localhost:\d+\//m, about)
  }
  t.match(end.stdout, /403 Forbidden \(langsmith-proxy: [a-z-]+\)/, 'the refusal is explained')
  t.match(end.stdout, /^log: .*refusal\.diagnosed.*key-other-region/m)
  t.match(end.stdout, /^log: .*refusal\.explained.*belongs to eu, not to us/m, 'for certain, once LangSmith was asked')
})

t.test('demo prints three commands that do what it says when they are pasted', async (t) => {
  const program = await startProgram(t, ['demo'])
  const lines = await program.until('three commands', () => {
    const printed = program.stdout().split('\n').slice(0, -1).filter((line) => /^(curl|wget) /.test(line))
    return printed.length === DEMO_CALLS.length ? printed : undefined
  })
  for (const [i, call] of DEMO_CALLS.entries()) {
    t.test(`${call.tool}: ${call.about}`, { skip: MISSING[call.tool] }, async (t) => {
      const { stdout } = await run('sh', ['-c', lines[i] ?? ''], { env: { PATH: process.env.PATH, HOME: program.folder }, timeout: 20_000 })
      if (call.tool === 'curl') t.match(stdout, new RegExp(`^HTTP/1\\.1 ${call.status} `))
      t.match(stdout, call.status === 403 ? /"detail":"Forbidden"/ : /[[{]/)
    })
  }
  t.test('and it ends cleanly', async (t) => {
    program.child.kill('SIGINT')
    t.match(await program.end(), { code: 0 })
    t.notMatch(program.stderr(), /internal\.failed/)
  })
})

t.test('demo needs no key, and takes none that is there', async (t) => {
  const end = await runProgram(t, ['demo', '--once'], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_PROXY_NONSENSE: '1' } })
  t.equal(end.code, 0)
  t.notMatch(end.stdout + end.stderr, /5ca1ab1e/)
})

t.test('demo with its port in use says so and ends with 1', async (t) => {
  const { port } = await startUpstream(t)
  t.match(await runProgram(t, ['demo', '--port', String(port)]), { code: 1, stdout: '', stderr: /^error: port \d+ of 127\.0\.0\.1 is in use/ })
})

t.test('sandbox: what cannot be is refused', async (t) => {
  const { port } = await startUpstream(t)
  const folder = t.testdir({ 'bad.yaml': 'keys: [{ name: x, value: canary-value }]' })
  const cases: readonly { flags: Record<string, string>, expect: Record<string, unknown> }[] = [
    { flags: { port: 'x' }, expect: { code: 'usage-invalid', exitCode: 2 } },
    { flags: { port: '65533' }, expect: { code: 'usage-invalid' } },
    { flags: { port: '-1' }, expect: { code: 'usage-invalid' } },
    { flags: { port: String(Math.min(port, 65_532)) }, expect: { code: 'listen-failed', exitCode: 1 } },
    { flags: { world: `${folder}/none.yaml` }, expect: { code: 'usage-invalid', hint: /--print-world/ } },
    { flags: { world: `${folder}/bad.yaml` }, expect: { code: 'usage-invalid', message: /^--world: / } }
  ]
  for (const { flags, expect } of cases) {
    const error = await refusalOf(sandbox, flags)
    t.match(error, expect, JSON.stringify(flags))
    t.notMatch(error.message, /canary-value/)
  }
})

t.test('sandbox --port 0 serves four regions until it is told to end', async (t) => {
  const program = spawnProgram(t, ['sandbox', '--port', '0'])
  const urls = await program.until('four addresses', () => {
    const found = program.stdout().match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []
    return program.stdout().includes('Any refusal on demand') ? [...new Set(found)] : undefined
  })
  t.equal(urls.length, 4)
  for (const url of urls) t.equal((await fetch(`${url}/api/v1/info`)).status, 200, 'each answers')
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0, stderr: '' })
})

t.test('sandbox --print-world prints a world that it takes', async (t) => {
  const printed = await runProgram(t, ['sandbox', '--print-world'])
  t.match(printed, { code: 0, stderr: '', stdout: /^organisations:$/m })
  const program = spawnProgram(t, ['sandbox', '--port', '0', '--world', 'world.yaml'], { files: { 'world.yaml': printed.stdout } })
  await program.until('its description', () => program.stdout().includes('Any refusal on demand') || undefined)
})

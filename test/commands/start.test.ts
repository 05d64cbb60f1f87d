// The proxy as a process: what starts it, what stops the start, and what others of the machine can see of it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { TEST_KEY } from '../support/proxy.ts'
import { runProgram, spawnProgram, startProgram } from '../support/process.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const NO_PROC = existsSync('/proc/self/cmdline') ? false : 'there is no /proc here'

/** A port of 127.0.0.1 that somebody else holds. */
async function takenPort (t: Test): Promise<number> {
  const server = createServer()
  t.teardown(() => { server.close() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as AddressInfo).port
}

t.test('without a key it does not start, and says which route lacks it, where it was looked for, and what is near', async (t) => {
  const end = await runProgram(t, ['--port', '0'], { env: { LANGSMITH_APIKEY: TEST_KEY } })
  t.match(end, { code: 2, stdout: '' })
  t.match(end.stderr, /^error: .*route \/.*LANGSMITH_API_KEY/)
  t.match(end.stderr, /LANGSMITH_APIKEY/, 'the near miss')
  t.match(end.stderr, /^hint: /m)
  t.notMatch(end.stderr, /5ca1ab1e/)
})

t.test('a listener beyond this machine does not start unless asked for by name', async (t) => {
  for (const host of ['0.0.0.0', '::']) {
    const end = await runProgram(t, ['--host', host, '--port', '0'], { env: { LANGSMITH_API_KEY: TEST_KEY } })
    t.match(end, { code: 2 }, host)
    t.match(end.stderr, /^error: --host: must be localhost.*\nhint: .*LISTEN_ALLOW_UNAUTHENTICATED/s, host)
  }
})

t.test('a port in use ends it with 1, names the port and says what to do', async (t) => {
  const port = await takenPort(t)
  const env = { LANGSMITH_API_KEY: TEST_KEY }
  const main = await runProgram(t, ['--port', String(port)], { env })
  t.equal(main.code, 1)
  t.match(main.stderr, new RegExp(`^error: port ${port} of 127.0.0.1 is in use by another program\nhint: .*${port}.*--port\n$`))
  t.equal(main.stdout, '')

  const admin = await runProgram(t, ['--port', '0'], { env: { ...env, LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: String(port) } })
  t.equal(admin.code, 1, 'a second listener that cannot start ends the program, too')
  t.match(admin.stderr, new RegExp(`^error: port ${port} of 127.0.0.1 is in use`))
  t.match(admin.stderr, /admin\.port/, 'the hint names the right setting')
})

// A log rotation sends it to whatever bears the name, and a unit that is reloaded right after its start.
t.test('SIGHUP while secrets are read does not end it: the reload follows the start', async (t) => {
  const program = spawnProgram(t, ['--config', 'proxy.yaml', '--port', '0'], {
    files: {
      'slow.sh': `echo >asked; until test -e go; do sleep 0.05; done; echo ${TEST_KEY}\n`,
      'proxy.yaml': 'credentials: { us: { apiKey: "exec:sh slow.sh" } }\nroutes: [{ prefix: /, region: us, credential: us }]\nsecrets: { timeout: 20s }\n'
    }
  })
  await program.until('the question for the key', () => existsSync(join(program.folder, 'asked')) || undefined)
  program.child.kill('SIGHUP')
  await delay(300) // were it to end, it would now
  t.same([program.child.exitCode, program.child.signalCode], [null, null])
  writeFileSync(join(program.folder, 'go'), '')
  t.match(await program.until('the reload', () => program.lines('config.reloaded')[0]), { by: 'SIGHUP' })
  t.equal(program.lines('proxy.started').length, 1)
})

t.test('LANGSMITH_API_KEY is enough, and the key is where it belongs only', async (t) => {
  const upstream = await startUpstream(t)
  const program = await startProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_WORKSPACE_ID: '1c9a6c1e-0000-4000-8000-000000000000' } })
  const answer = await fetch(`${program.url}/api/v1/sessions?limit=1`, { headers: { authorization: 'Bearer mine' } })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('x-langsmith-proxy'), 'upstream')
  const headers = upstream.received[0]?.rawHeaders ?? []
  t.same(valuesOf(headers, 'x-api-key'), [TEST_KEY])
  t.same(valuesOf(headers, 'x-tenant-id'), ['1c9a6c1e-0000-4000-8000-000000000000'])
  t.same(valuesOf(headers, 'authorization'), [])

  t.match(program.lines('proxy.started'), [{ level: 'info', url: program.url, config: 'environment', routes: [{ prefix: '/', credential: 'default', secret_ref: 'env:LANGSMITH_API_KEY', fingerprint: /^[0-9a-f]{8}$/, workspace: true }] }])
  if (NO_PROC === false) {
    t.notMatch(readFileSync(`/proc/${program.pid}/cmdline`, 'latin1'), /5ca1ab1e/, 'not in the command line, which is also the title')
    t.notMatch(readFileSync(`/proc/${program.pid}/comm`, 'latin1'), /5ca1ab1e/)
  }
  program.child.kill('SIGTERM')
  const end = await program.end()
  t.match(end, { code: 0, stdout: '' })
  t.notMatch(end.stderr, /5ca1ab1e/)
})

t.test('a config file of several routes sends each key to its own upstream', async (t) => {
  const [us, eu] = await Promise.all([startUpstream(t), startUpstream(t)])
  const keyEu = TEST_KEY.replaceAll('5ca1ab1e', 'b01dface')
  const program = await startProgram(t, ['--config', 'proxy.yaml', '--log-level', 'debug'], {
    env: { KEY_US: TEST_KEY },
    files: {
      'eu.key': keyEu,
      'proxy.yaml': [
        'credentials: { us: { apiKey: "env:KEY_US" }, eu: { apiKey: "file:eu.key" } }',
        'routes:',
        `  - { prefix: /, upstream: "${us.url}", credential: us }`,
        `  - { prefix: /eu, upstream: "${eu.url}", credential: eu }`
      ].join('\n')
    }
  })
  for (const path of ['/runs', '/eu/runs', '/europe']) await fetch(program.url + path)
  t.same(us.received.map(({ url, rawHeaders }) => [url, ...valuesOf(rawHeaders, 'x-api-key')]), [['/runs', TEST_KEY], ['/europe', TEST_KEY]])
  t.same(eu.received.map(({ url, rawHeaders }) => [url, ...valuesOf(rawHeaders, 'x-api-key')]), [['/runs', keyEu]])
  await program.until('three lines', () => program.lines('request.completed').length === 3 || undefined)
  t.same(program.lines('request.completed').map(({ route, credential }) => [route, credential]), [['/', 'us'], ['/eu', 'eu'], ['/', 'us']])
})

t.test('the log can be readable text also where no person is looking', async (t) => {
  const program = spawnProgram(t, ['--port', '0'], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_PROXY_LOG_FORMAT: 'pretty' } })
  await program.until('the first line', () => program.stderr().includes('listening') || undefined)
  program.child.kill('SIGINT')
  t.match(await program.end(), { code: 0, stdout: '', stderr: /^\d\d:\d\d:\d\d {2}info {5}listening on http:\/\/localhost:\d+\n {10}config {3}environment .*\n {10}route {4}\/ {2}→ api\.smith\.langchain\.com \(us\) {2}default \[[0-9a-f]{8}\] {2}env:LANGSMITH_API_KEY\n/ })
})

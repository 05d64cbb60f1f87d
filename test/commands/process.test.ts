// What the machine does to the process, and what others of the machine can learn from it.

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import t from 'tap'
import { TEST_KEY } from '../support/proxy.ts'
import { startProgram } from '../support/process.ts'
import { startUpstream } from '../support/upstream.ts'

/** Runs this code in the program when SIGUSR2 comes. */
function onSignal (code: string): readonly string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${code} })`)}`]
}

t.test('keys do not stay in the environment that libraries and child processes see', async (t) => {
  const program = await startProgram(t, ['--config', 'proxy.yaml'], {
    nodeArgs: onSignal('process.stdout.write(JSON.stringify({ env: process.env, report: process.report.excludeEnv }))'),
    env: { LANGSMITH_API_KEY: TEST_KEY, LS_CREDENTIAL: TEST_KEY },
    files: { 'proxy.yaml': 'credentials: { us: { apiKey: "env:LS_CREDENTIAL" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n' }
  })
  program.child.kill('SIGUSR2')
  const text = await program.until('the environment', () => program.stdout() === '' ? undefined : program.stdout())
  const { env, report } = JSON.parse(text) as { env: Record<string, string>, report: boolean }
  t.match(env, { PATH: String }, 'the rest is still there')
  t.notMatch(JSON.stringify(env), /5ca1ab1e/, 'whatever the variable is called')
  t.equal(report, true)
})

// A local process of the same user can send SIGUSR1; Node would then open its debugger on 127.0.0.1:9229,
// and whoever reaches that port reads the key from memory.
t.test('SIGUSR1 does not open the debugger', async (t) => {
  const program = await startProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY } })
  program.child.kill('SIGUSR1')
  await new Promise((resolve) => { setTimeout(resolve, 300) })
  t.equal((await fetch(`${program.url}/-/live`)).status, 200)
  t.notMatch(program.stderr(), /[Dd]ebugger/)
  await t.rejects(fetch('http://127.0.0.1:9229/json/list'), 'nobody listens there')
})

t.test('an error that nobody expected ends it with one line and 1', async (t) => {
  for (const [name, thrower] of [['thrown', `throw new TypeError('quotes ${TEST_KEY}')`], ['rejected', `Promise.reject(Object.assign(new Error('${TEST_KEY}'), { code: 'E_LATE' }))`]] as const) {
    const program = await startProgram(t, [], {
      nodeArgs: onSignal(thrower), env: { LANGSMITH_API_KEY: TEST_KEY }
    })
    program.child.kill('SIGUSR2')
    const end = await program.end()
    t.match(end, { code: 1, signal: null, stdout: '' }, name)
    const rest = end.stderr.trimEnd().split('\n').slice(1)
    t.equal(rest.length, 1, `${name}: one line after that of the start`)
    t.match(JSON.parse(rest[0] ?? ''), { level: 'error', event: 'internal.failed', ...(name === 'thrown' ? { name: 'TypeError' } : { reason: 'E_LATE' }) })
    t.notMatch(end.stderr, /5ca1ab1e/, 'the message could quote a value, so it is left out')
  }
})

// Each connection takes a file descriptor. An attacker, or a loop, that opens many must not end the process.
t.test('without free file descriptors it goes on, and recovers', async (t) => {
  const upstream = await startUpstream(t)
  const program = await startProgram(t, [], { shell: 'ulimit -n 256;', env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url } })
  const sockets = await Promise.all(Array.from({ length: 600 }, () => new Promise<Socket>((resolve) => {
    const socket = connect(program.port, '127.0.0.1')
    socket.on('error', () => {}).once('connect', () => { resolve(socket) })
  })))
  await program.until('connections that found no place', () => sockets.some(({ closed }) => closed) || undefined)
  for (const socket of sockets) socket.destroy()
  await program.until('an answer', async () => fetch(`${program.url}/runs`).then(({ status }) => status === 200 || undefined, () => undefined))
  t.equal(program.child.exitCode, null)
})

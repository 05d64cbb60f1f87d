// The address of Redis, which may hold a password: from where it is kept to the log, of a real process.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { refuseLeak } from '../../support/leaks.ts'
import { TEST_KEY } from '../../support/proxy.ts'
import { runProgram, startProgram } from '../../support/process.ts'
import { startUpstream } from '../../support/upstream.ts'
import { freePort } from '../../support/free-port.ts'

const PASSWORD = 'p4ssw0rdOfRedis-x7Kq'
const LIMITED = { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_PROXY_LIMITS_REQUESTS: '5/1m', LANGSMITH_PROXY_LIMITS_REDIS: 'env:REDIS_URL' }

for (const [name, url, said] of [
  ['nothing', '', /the address of Redis \(env:REDIS_URL.*\) is not there, or is empty/],
  ['no address', PASSWORD, /is no address that begins with redis:\/\//],
  ['an address of the web', `https://:${PASSWORD}@127.0.0.1/`, /is no address/],
  ['a password with a slash in it', `redis://user:12/${PASSWORD}@127.0.0.1`, /is no address/],
  ['a password with a question mark in it', `redis://user:12?${PASSWORD}@127.0.0.1`, /is no address/],
  ['a password with a % in it', `redis://:${PASSWORD}%zz@127.0.0.1`, /a % in its password/]
] as const) {
  t.test(`where there is ${name}, the program does not start, says where it was set, and quotes nothing`, async (t) => {
    const { code, stdout, stderr } = await runProgram(t, ['check'], { env: { ...LIMITED, REDIS_URL: url } })
    t.equal(code, 2)
    t.match(stderr, said)
    t.match(stderr, 'LANGSMITH_PROXY_LIMITS_REDIS')
    refuseLeak('the output', stdout + stderr, PASSWORD)
  })
}

t.test('a file that others can read is refused as for keys', async (t) => {
  const folder = t.testdir({ url: `redis://:${PASSWORD}@127.0.0.1` })
  writeFileSync(join(folder, 'open'), `redis://:${PASSWORD}@127.0.0.1`, { mode: 0o644 })
  const { code, stderr } = await runProgram(t, ['check'], { env: { ...LIMITED, LANGSMITH_PROXY_LIMITS_REDIS: `file:${join(folder, 'open')}` } })
  t.equal(code, 2)
  t.match(stderr, /the address of Redis .*: .*others/)
})

t.test('neither output, answers nor metrics have the password, also where Redis cannot be reached', async (t) => {
  const upstream = await startUpstream(t)
  const program = await startProgram(t, [], { env: { ...LIMITED, LANGSMITH_ENDPOINT: upstream.url, REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:${await freePort()}/0`, LANGSMITH_PROXY_LOG_LEVEL: 'debug', DEBUG: '*' } })
  t.match(await program.until('the loss', () => program.lines('redis.failed')[0]), { reason: 'ECONNREFUSED', clients: 'open' })
  t.match(program.lines('proxy.started')[0], { routes: [{ upstream: upstream.url }] }, 'what looks like the rest of the address stays readable')
  const text = await (await fetch(`${program.url}/${PASSWORD}`)).text() + await (await fetch(`${program.url}/-/metrics`)).text()
  program.child.kill('SIGHUP')
  t.match(await program.until('a reload', () => program.lines('config.reloaded')[0]), { changed: [], needs_restart: [] })
  program.child.kill('SIGTERM')
  const { code, stdout, stderr } = await program.end()
  t.equal(code, 0, 'an end is clean, with Redis away')
  refuseLeak('the output', text + stdout + stderr, PASSWORD)
})

t.test('"run" does not pass the address on, and needs no Redis', async (t) => {
  const { code, stdout, stderr } = await runProgram(t, ['run', '--', 'env'], { env: { ...LIMITED, REDIS_URL: `redis://:q7zw9@127.0.0.1:${await freePort()}`, OTHER: 'stays' } })
  t.equal(code, 0)
  t.match(stdout, /^OTHER=stays$/m)
  t.notMatch(stdout, /REDIS_URL|q7zw9/)
  t.notMatch(stderr, /redis\.|limits-unnamed/)
})

t.test('another address behind the same reference is taken over by SIGHUP', async (t) => {
  const upstream = await startUpstream(t)
  const folder = t.testdir({})
  const write = (port: number): void => { writeFileSync(join(folder, 'url'), `redis://:${PASSWORD}@127.0.0.1:${port}\n`, { mode: 0o600 }) }
  write(await freePort())
  const program = await startProgram(t, [], { env: { ...LIMITED, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_LIMITS_REDIS: `file:${join(folder, 'url')}` } })
  write(await freePort())
  program.child.kill('SIGHUP')
  t.match(await program.until('a reload', () => program.lines('config.reloaded')[0]), { changed: ['limits.redis'], needs_restart: [] })
  t.equal(await program.until('the second loss', () => program.lines('redis.failed').length === 2 || undefined), true)
  refuseLeak('the output', program.stdout() + program.stderr(), PASSWORD)
})

// limits.redis with a real redis-server: proxies count together, and none of them waits for a Redis that is gone.

import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { refuseLeak } from '../../support/leaks.ts'
import { NO_REDIS, startRedis } from '../../support/redis-server.ts'
import { freePort } from '../../support/free-port.ts'
import { eventsOf, limitsEnv, stage, tally, until } from './support.ts'

const PASSWORD = 'p4ss/w0rd#0f?r3dis@home'

t.test('an address at which nothing listens: each proxy counts by itself, it is told once, and no request is held', async (t) => {
  const { call, proxy } = await stage(t, { limits: { requests: '3/1m' }, redis: `redis://127.0.0.1:${await freePort()}` })
  const began = performance.now()
  for (let i = 0; i < 3; i++) t.equal((await call('ana')).status, 200)
  t.equal((await call('ana')).status, 429)
  t.ok(performance.now() - began < 2000)
  await delay(2500) // two more tries
  t.match(eventsOf(proxy, 'redis.failed'), [{ reason: 'ECONNREFUSED', clients: 'open' }])
  t.match(await (await fetch(`${proxy.url}/-/metrics`)).text(), /^langsmith_proxy_redis_up 0$/m)
  t.strictSame(eventsOf(proxy, 'internal.failed'), [])
})

t.test('closed: while Redis is away clients get 503 and a time to come back, and whoever has no client key is served', async (t) => {
  const { call, proxy, upstream } = await stage(t, { limits: { requests: '3/1m', onRedisFailure: 'closed' }, redis: `redis://127.0.0.1:${await freePort()}` })
  const { status, retryAfter, body } = await call('ana')
  t.match([status, body.code, retryAfter], [503, 'overloaded', 1])
  t.match(body.detail, /Redis \(limits\.redis\).*limits\.onRedisFailure/)
  t.equal(upstream.received.length, 0)
  t.equal((await call()).status, 200)
  t.match(eventsOf(proxy, 'redis.failed'), [{ clients: 'closed' }])
})

t.test('closed: clients are served again once Redis is back', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const { call, proxy } = await stage(t, { limits: { requests: '100/1m', onRedisFailure: 'closed' }, redis: redis.url })
  t.equal((await call('ana')).status, 200)
  await redis.stop()
  await until('a refusal', async () => (await call('ana')).status === 503)
  await redis.start()
  await until('the recovery', () => eventsOf(proxy, 'redis.recovered').length === 1)
  t.equal((await call('ana')).status, 200)
})

t.test('two proxies count together, to the request, and across clients apart', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const one = await stage(t, { limits: { requests: '50/1m' }, redis: redis.url })
  const other = await stage(t, { same: one.clients, limits: { requests: '50/1m' }, redis: redis.url })
  const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => (i % 3 === 0 ? one : other).call('ana')))
  t.strictSame([...tally(answers.map(({ status }) => status))].sort(), [[200, 50], [429, 70]])
  const { retryAfter = 0 } = await one.call('ana')
  t.ok(retryAfter >= 50 && retryAfter <= 61)
  t.equal((await other.call('bo')).status, 200)
  t.strictSame([...eventsOf(one.proxy, 'redis.failed'), ...eventsOf(other.proxy, 'redis.failed')], [])
  t.match(await (await fetch(`${one.proxy.url}/-/metrics`)).text(), /^langsmith_proxy_redis_up 1$/m)
})

t.test('the time to wait that Redis tells is right', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const { call } = await stage(t, { limits: { requests: '1/2s' }, redis: redis.url })
  for (let round = 0; round < 2; round++) {
    t.equal((await call('ana')).status, 200)
    await delay(250)
    const { status, retryAfter = 0 } = await call('ana')
    t.equal(status, 429)
    t.ok(retryAfter >= 1 && retryAfter <= 3, `Retry-After: ${retryAfter}`)
    await delay(retryAfter * 1000)
  }
  t.equal((await call('ana')).status, 200)
})

t.test('Redis dies under load and comes back: no request fails, one line each, and the proxies count together again', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const { call, proxy } = await stage(t, { limits: { requests: '100000/1h' }, redis: redis.url })
  const statuses: number[] = []
  const slowest = { ms: 0 }
  let goesOn = true
  const load = Promise.all(Array.from({ length: 8 }, async () => {
    while (goesOn) {
      const began = performance.now()
      statuses.push((await call('ana')).status)
      slowest.ms = Math.max(slowest.ms, performance.now() - began)
      await delay(5)
    }
  }))
  for (let round = 1; round <= 2; round++) {
    await delay(200)
    await redis.stop()
    await until('the loss', () => eventsOf(proxy, 'redis.failed').length === round)
    await delay(200)
    await redis.start()
    await until('the recovery', () => eventsOf(proxy, 'redis.recovered').length === round)
  }
  goesOn = false
  await load
  t.strictSame([...tally(statuses).keys()], [200])
  t.ok(slowest.ms < 5000)
  t.comment(`${statuses.length} requests; the slowest took ${Math.round(slowest.ms)} ms`)
  const before = Number(/\$\d+\r\n(\d+)/.exec(await redis.ask('GET langsmith-proxy:requests:3600:ana'))?.[1])
  await call('ana')
  t.match(await redis.ask('GET langsmith-proxy:requests:3600:ana'), new RegExp(`\\r\\n${before + 1}\\r\\n|^\\$\\d+\\r\\n${before + 1}\\r\\n`))
})

t.test('a Redis that hangs holds few requests, and those for a moment only', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const { call, proxy } = await stage(t, { limits: { requests: '100/1m' }, redis: redis.url })
  t.equal((await call('ana')).status, 200)
  redis.hold()
  const began = performance.now()
  t.strictSame((await Promise.all(Array.from({ length: 5 }, () => call('ana')))).map(({ status }) => status), [200, 200, 200, 200, 200])
  const first = performance.now() - began
  for (let i = 0; i < 20; i++) t.equal((await call('ana')).status, 200)
  t.comment(`the first waited ${Math.round(first)} ms, the next 20 took ${Math.round(performance.now() - began - first)} ms`)
  t.ok(first < 3000, 'nobody waits for long')
  t.ok(performance.now() - began < 20 * 200, 'not each waits')
  await until('a second try', async () => { await delay(2500); return true })
  t.match(eventsOf(proxy, 'redis.failed'), [{ reason: 'TIMEOUT' }])
  redis.release()
  await until('the recovery', () => eventsOf(proxy, 'redis.recovered').length === 1)
})

t.test('a Redis that answers and takes no writes is no Redis: one line, not one a second', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const { call, proxy } = await stage(t, { limits: { requests: '100/1m' }, redis: redis.url })
  await redis.ask(`REPLICAOF 127.0.0.1 ${await freePort()}`)
  t.equal((await call('ana')).status, 200)
  await until('the loss', () => eventsOf(proxy, 'redis.failed').length > 0)
  await delay(2500)
  t.match(eventsOf(proxy, 'redis.failed').map(({ reason }) => reason), ['READONLY'])
  t.strictSame(eventsOf(proxy, 'redis.recovered'), [])
  await redis.ask('REPLICAOF NO ONE')
  await until('the recovery', () => eventsOf(proxy, 'redis.recovered').length === 1)
})

t.test('a password: the right one counts; a wrong one, or none, is told by its code; none of them is told', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t, ['--requirepass', PASSWORD])
  const addressWith = (user: string, password: string): string => `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${redis.port}/0`
  const right = await stage(t, { limits: { requests: '2/1m' }, redis: addressWith('', PASSWORD) })
  t.strictSame(eventsOf(right.proxy, 'redis.failed'), [])
  for (let i = 0; i < 3; i++) await right.call('ana')
  t.equal(eventsOf(right.proxy, 'request.denied').length, 1)
  const wrong = `${PASSWORD}-and-more`
  for (const [url, reason] of [[addressWith('', wrong), 'WRONGPASS'], [addressWith('somebody', PASSWORD), 'WRONGPASS'], [redis.url, 'NOAUTH']] as const) {
    const { proxy, call } = await stage(t, { same: right.clients, limits: { requests: '2/1m' }, redis: url })
    t.match(eventsOf(proxy, 'redis.failed'), [{ reason }], reason)
    t.equal((await call('ana')).status, 200)
    refuseLeak('the log', proxy.rawLog(), PASSWORD, encodeURIComponent(PASSWORD), wrong)
  }
  refuseLeak('the log', right.proxy.rawLog(), PASSWORD, encodeURIComponent(PASSWORD))
})

t.test('a reload keeps the connection where nothing of it changed, and lets go of it where Redis is no longer set', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const clientsOf = async (): Promise<number> => (await redis.ask('CLIENT LIST')).match(/^id=/gm)?.length ?? 0
  const { call, proxy } = await stage(t, { limits: { requests: '5/1m' }, redis: redis.url })
  t.equal(await clientsOf(), 2, 'the proxy, and who asks')
  for (let i = 0; i < 5; i++) t.equal((await call('ana')).status, 200)
  for (const requests of ['5/1m', '6/1m']) {
    await proxy.replaceSettings(limitsEnv({ requests, redis: 'env:REDIS_URL' }))
    t.equal(await clientsOf(), 2, requests)
  }
  t.equal((await call('ana')).status, 200, 'the sixth')
  t.equal((await call('ana')).status, 429)
  await proxy.replaceSettings(limitsEnv({ requests: '6/1m' }))
  await until('the end of the connection', async () => await clientsOf() === 1)
  t.equal((await call('ana')).status, 200, 'counted by itself')
  await proxy.replaceSettings(limitsEnv({ requests: '6/1m', redis: 'env:REDIS_URL' }))
  t.equal((await call('ana')).status, 429, 'what was counted together is still there')
})

t.test('the process can end while Redis is away', async (t) => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', `
    import { openRedisLink } from './src/access/limits/redis-link.ts'
    import { Secret } from './src/secrets/secret.ts'
    await openRedisLink({ address: new Secret('redis://127.0.0.1:${await freePort()}'), rate: { count: 1, seconds: 1, time: '1s' }, onFailure: (reason) => { console.log(reason) }, onRecovery () {} })
  `], { cwd: new URL('../../..', import.meta.url), stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
  t.equal(await new Promise((resolve) => { child.once('exit', resolve) }), 0)
  t.equal(out.trim(), 'ECONNREFUSED')
})

// What `limits` in the settings comes to, and what is refused of it.

import { join } from 'node:path'
import t from 'tap'
import { NO_LIMITS } from '../../src/config/limits.ts'
import { failure, load, loadFrom, ONE_ROUTE } from './load-settings.ts'

const withLimits = (text: string): { readonly file: string } => ({ file: `limits: ${text}${ONE_ROUTE}` })

t.test('without settings there are no limits', async (t) => {
  t.strictSame(load(t, { file: ONE_ROUTE }).limits, NO_LIMITS)
  t.strictSame(load(t, withLimits('{}')).limits, NO_LIMITS)
})

for (const rate of ['', '600', '600/', '/1m', '0/1m', '600/0s', '600/00m', '600/1', '600/500ms', '600/1d', '-1/1m', '1.5/1m', '600 / 1m', '600/1m/2m', '12345678/1m', '600/100h']) {
  t.test(`a rate of "${rate}" is refused, with an example`, async (t) => {
    t.match(failure(t, withLimits(`{ requests: "${rate}" }`)).message, /^config\.yaml:1 limits\.requests: must be a number and a time, such as 600\/1m/)
  })
}

t.test('a rate is a count and whole seconds', async (t) => {
  for (const [text, expected] of [['600/1m', { count: 600, seconds: 60, time: '1m' }], ['1/1s', { count: 1, seconds: 1, time: '1s' }], ['9999999/99h', { count: 9_999_999, seconds: 356_400, time: '99h' }]] as const) {
    t.strictSame(load(t, withLimits(`{ requests: ${text} }`)).limits.requests, expected)
    t.strictSame(load(t, { env: { LANGSMITH_PROXY_LIMITS_REQUESTS: text } }).limits.requests, expected)
  }
  t.equal(load(t, { env: { LANGSMITH_PROXY_LIMITS_IN_FLIGHT: '20' } }).limits.inFlight, 20)
  t.match(failure(t, withLimits('{ inFlight: 0 }')).message, /limits\.inFlight: must be a whole number/)
})

t.test('what does nothing alone is refused', async (t) => {
  t.match(failure(t, withLimits('{ redis: "env:REDIS_URL" }')).message, /limits\.redis: does nothing without limits\.requests/)
  t.match(failure(t, withLimits('{ requests: 1/1m, onRedisFailure: closed }')).message, /limits\.onRedisFailure: does nothing without limits\.redis/)
})

const SECRET = 'p4ssw0rd0fr3dis'
for (const address of [`redis://:${SECRET}@h:1`, `redis://${SECRET}@h`, `redis://u:${SECRET}@h/0`, `rediss://u:${SECRET.slice(0, 9)}/${SECRET}@h`, `redis://h/${SECRET}`, `redis://h?p=${SECRET}`, `redis://h#${SECRET}`, `http://${SECRET}`, `redis:${SECRET}`, `redis:///${SECRET}`, SECRET, `h:6379/${SECRET}`, `exec`, `redis://`]) {
  t.test(`an address such as ${address.replaceAll(SECRET, '…').replaceAll(SECRET.slice(0, 9), '…')} in plain text is refused and not quoted`, async (t) => {
    const { message, hint, code } = failure(t, withLimits(`{ requests: 1/1m, redis: "${address}" }`))
    t.equal(code, 'config-invalid')
    t.match(message, /^config\.yaml:1 limits\.redis: must /)
    t.notMatch(message + hint, SECRET.slice(0, 8))
  })
}

t.test('an address without password is taken as it is, a reference as one', async (t) => {
  for (const address of ['redis://localhost', 'redis://redis.example.com:6379/3', 'rediss://10.0.0.1:6380/', 'redis://[::1]:6379']) {
    t.equal(load(t, withLimits(`{ requests: 1/1m, redis: "${address}" }`)).limits.redis, address)
  }
  t.match(load(t, withLimits('{ requests: 1/1m, redis: "env:REDIS_URL" }')).limits.redis, { scheme: 'env', rest: 'REDIS_URL', setAt: 'config.yaml:1 limits.redis' })
  const folder = t.testdir({ 'config.yaml': `limits: { requests: 1/1m, redis: "file:redis-url", onRedisFailure: closed }${ONE_ROUTE}` })
  t.match(loadFrom(folder, {}).limits, { redis: { scheme: 'file', rest: join(folder, 'redis-url') }, onRedisFailure: 'closed' })
})

t.test('limits that hold for nobody but the few with a client key are a notice', async (t) => {
  t.match(load(t, withLimits('{ requests: 1/1m }')).notices, [{ code: 'limits-unnamed', message: /^config\.yaml:1 limits\.requests: holds for callers with a client key/ }])
  t.match(load(t, withLimits('{ inFlight: 1 }')).notices, [{ code: 'limits-unnamed', message: /limits\.inFlight/ }])
  t.strictSame(load(t, { file: `clients: { required: true }\nlimits: { requests: 1/1m }${ONE_ROUTE}` }).notices, [])
})

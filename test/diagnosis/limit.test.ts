import t from 'tap'
import { COUNT_EVERY_MS, createRefusalLimiter, LOGGED_IN_FULL } from '../../src/diagnosis/limit.ts'

t.test('the first refusals of a kind are logged in full, the rest is counted once a minute', async (t) => {
  let clock = 1000
  const limiter = createRefusalLimiter(() => clock)
  const admit = (): unknown => limiter.admit('us', 'key-revoked')
  for (let i = 0; i < LOGGED_IN_FULL; i += 1) t.equal(admit(), 'log')
  for (let i = 0; i < 20; i += 1) t.equal(admit(), undefined)
  t.equal(limiter.admit('us', 'no-plan'), 'log', 'another cause is news')
  t.equal(limiter.admit('eu', 'key-revoked'), 'log', 'another credential is news')
  clock += COUNT_EVERY_MS - 1
  t.equal(admit(), undefined)
  clock += 1
  t.same(admit(), { repeated: 22 })
  t.equal(admit(), undefined, 'counted from zero again')
  clock += COUNT_EVERY_MS
  t.same(admit(), { repeated: 2 })
})

t.test('after a success the next refusal is news, and no count is lost', async (t) => {
  const limiter = createRefusalLimiter(() => 0)
  t.same(limiter.succeeded('us'), [], 'nothing to forget')
  for (let i = 0; i < LOGGED_IN_FULL + 3; i += 1) limiter.admit('us', 'key-revoked')
  limiter.admit('us', 'no-plan')
  for (let i = 0; i < LOGGED_IN_FULL + 1; i += 1) limiter.admit('eu', 'no-plan')
  t.same(limiter.succeeded('us'), [{ credential: 'us', code: 'key-revoked', count: 3 }])
  t.equal(limiter.admit('us', 'key-revoked'), 'log')
  t.equal(limiter.admit('eu', 'no-plan'), undefined, 'the success of one credential says nothing about another')
})

t.test('what was counted can be told at the end', async (t) => {
  const limiter = createRefusalLimiter(() => 0)
  for (let i = 0; i < LOGGED_IN_FULL + 2; i += 1) limiter.admit('us', 'no-plan')
  t.same(limiter.flush(0), [{ credential: 'us', code: 'no-plan', count: 2 }])
  t.same(limiter.flush(0), [])
  t.equal(limiter.admit('us', 'no-plan'), undefined, 'a flush is not a success')
})

t.test('other words of LangSmith are news, but not for ever', async (t) => {
  const limiter = createRefusalLimiter(() => 0)
  const admit = (words: string): unknown => limiter.admit('us', 'key-or-workspace-refused', words)
  for (let i = 0; i < LOGGED_IN_FULL; i += 1) admit('Forbidden')
  t.equal(admit('Forbidden'), undefined)
  t.equal(admit('API key has expired'), 'log')
  const logged = Array.from({ length: 1000 }, (_, i) => admit(`Request ${i} was refused`)).filter((verdict) => verdict === 'log')
  t.ok(logged.length < 20, `words that are never the same: ${logged.length}`)
  t.equal(limiter.admit('eu', 'key-or-workspace-refused', 'Request 1 was refused'), 'log')
  t.same(limiter.flush(0).map(({ code }) => code), ['key-or-workspace-refused'], 'counted as one')
  t.ok(limiter.succeeded('us').every(({ count }) => count > 0))
  t.equal(admit('Forbidden'), 'log', 'after a success all are forgotten')
})

t.test('the oldest kind is forgotten before memory grows', async (t) => {
  const limiter = createRefusalLimiter(() => 0)
  for (let i = 0; i < LOGGED_IN_FULL; i += 1) limiter.admit('first', 'no-plan')
  t.equal(limiter.admit('first', 'no-plan'), undefined)
  for (let i = 0; i < 1000; i += 1) limiter.admit(`name-${i}`, 'no-plan')
  t.equal(limiter.admit('first', 'no-plan'), 'log')
})

t.test('a burst that stops is told a minute after its last line, not only with the next refusal', async (t) => {
  let clock = 0
  const limiter = createRefusalLimiter(() => clock)
  for (let i = 0; i < LOGGED_IN_FULL + 3; i += 1) limiter.admit('us', 'no-plan')
  clock = COUNT_EVERY_MS - 1
  t.same(limiter.flush(COUNT_EVERY_MS), [])
  clock = COUNT_EVERY_MS
  t.same(limiter.flush(COUNT_EVERY_MS), [{ credential: 'us', code: 'no-plan', count: 3 }])
  t.same(limiter.flush(COUNT_EVERY_MS), [])
})

import fc from 'fast-check'
import t from 'tap'
import { createPacer } from '../../src/pacing/pacer.ts'
import type { PacingSettings } from '../../src/pacing/pacer.ts'
import { BudgetPacer } from '../../src/pacing/budget-pacer.ts'
import { holds } from '../support/property.ts'

const SECOND = 1000
const RATE = { count: 10, seconds: 10 }
const SETTINGS: PacingSettings = { maxWait: 8 * SECOND, maxWaiting: 20, rateOf: () => RATE }

t.test('in no stretch of its length a budget is exceeded, whatever clients do', async (t) => {
  const calls = fc.array(fc.record({ client: fc.constantFrom('a', 'b', 'c'), pause: fc.nat(800) }), { maxLength: 120 })
  await holds(t, fc.property(calls, (all) => {
    const budget = new BudgetPacer(RATE)
    const gone: number[] = []
    let now = 77
    for (const { client, pause } of all) {
      now += pause
      budget.release(true, now)
      if (budget.admit(client, true, now)) gone.push(now)
      else budget.enqueue({ client, deadline: now + 8 * SECOND, settle: (seconds) => { if (seconds === undefined) gone.push(now) } })
    }
    return gone.every((time) => gone.filter((other) => other >= time && other < time + RATE.seconds * SECOND).length <= RATE.count)
  }))
})

t.test('a client that floods does not keep another from its share', async (t) => {
  const pacer = createPacer(SETTINGS, () => 1)
  t.teardown(pacer.close)
  t.equal(pacer.pace('calm', 'other'), 'go')
  const paces = Array.from({ length: 20 }, () => pacer.pace('flood', 'other'))
  t.equal(paces.filter((pace) => pace === 'go').length, 7, 'four fifths are for whoever comes first')
  t.equal(pacer.pace('calm', 'other'), 'go')
  t.equal(pacer.pace('calm', 'other'), 'go')
  t.not(pacer.pace('calm', 'other'), 'go', 'now all of it is spent')
  t.equal(pacer.pace('calm', 'info'), 'go', 'another budget')
})

t.test('who would wait too long is told at once, and the time is right', async (t) => {
  let now = 1
  const pacer = createPacer(SETTINGS, () => now)
  t.teardown(pacer.close)
  pacer.pace('calm', 'other')
  for (let i = 0; i < 7; i++) pacer.pace('flood', 'other')
  const denied = pacer.pace('flood', 'other')
  if (denied === 'go' || !('code' in denied)) throw new Error('not denied')
  t.match(denied, { code: 'budget-spent', detail: /^the budget of the shared key for everything else \(10 in 10 s\) is spent/, retryAfter: 11 })
  now += (denied.retryAfter ?? 0) * SECOND
  t.equal(pacer.pace('flood', 'other'), 'go')
})

t.test('a client that has the key for itself is never refused: beyond the budget the upstream decides', async (t) => {
  const pacer = createPacer(SETTINGS, () => 1)
  t.teardown(pacer.close)
  for (let i = 0; i < 100; i++) t.equal(pacer.pace('alone', 'other'), 'go')
})

t.test('after a 429 nobody goes until its time is over', async (t) => {
  let now = 1
  const pacer = createPacer(SETTINGS, () => now)
  t.teardown(pacer.close)
  pacer.refused('other', 3)
  t.equal(pacer.pace('alone', 'other'), 'go', 'who has the key alone hears from the upstream itself')
  pacer.pace('another', 'info')
  t.not(pacer.pace('alone', 'other'), 'go')
  t.equal(pacer.pace('alone', 'query'), 'go')
  now += 3 * SECOND
  t.equal(pacer.pace('alone', 'other'), 'go')
  pacer.refused('other', 999_999)
  now += 60 * SECOND
  t.equal(pacer.pace('alone', 'other'), 'go', 'no more than a minute is believed')
})

t.test('a 429 that names no time holds nobody back', async (t) => {
  const pacer = createPacer(SETTINGS, () => 1)
  t.teardown(pacer.close)
  pacer.refused('other', undefined)
  t.equal(pacer.pace('alone', 'other'), 'go')
})

t.test('where no budget is known, only a 429 holds back, one client or several', async (t) => {
  const pacer = createPacer({ ...SETTINGS, rateOf: () => undefined }, () => 1)
  t.teardown(pacer.close)
  for (let i = 0; i < 100; i++) for (const client of ['a', 'b']) t.equal(pacer.pace(client, 'other'), 'go')
})

t.test('what waits goes in turn as time passes; who leaves is forgotten; the end refuses the rest', async (t) => {
  let now = 1
  const pacer = createPacer(SETTINGS, () => now)
  t.teardown(pacer.close)
  pacer.pace('another', 'info')
  pacer.refused('other', 1)
  const settled: string[] = []
  const wait = (client: string): () => void => {
    const pace = pacer.pace(client, 'other')
    if (pace === 'go' || 'code' in pace) throw new Error('does not wait')
    pace.start((denial) => { settled.push(denial === undefined ? client : denial.code) })
    return pace.leave
  }
  const leave = wait('a')
  wait('b')
  leave()
  await new Promise((resolve) => { setTimeout(resolve, 120) })
  t.same(settled, [])
  now += SECOND
  await new Promise((resolve) => { setTimeout(resolve, 120) })
  t.same(settled, ['b'])
  pacer.refused('other', 60)
  pacer.use({ ...SETTINGS, maxWait: 60 * SECOND })
  wait('c')
  t.match(pacer.uses().filter(({ budget }) => budget === 'other'), [{ budget: 'other', waiting: 1, blocked: 60 * SECOND, clients: [{ client: 'b', used: 1 }] }])
  pacer.letGo()
  t.same(settled, ['b', 'c'])
  wait('d')
  pacer.close()
  t.same(settled, ['b', 'c', 'draining'])
})

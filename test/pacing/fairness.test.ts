// Attacks on the pacer, by the clock of the test: each was once a way to be refused, to starve, or to hold up everybody.

import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { BudgetPacer } from '../../src/pacing/budget-pacer.ts'
import { createPacer } from '../../src/pacing/pacer.ts'
import type { Pacer, PacingSettings } from '../../src/pacing/pacer.ts'
import type { BudgetName } from '../../src/config/budgets.ts'
import type { Denial } from '../../src/exchange.ts'

const SECOND = 1000
const SETTINGS: PacingSettings = { maxWait: 8 * SECOND, maxWaiting: 20, rateOf: () => ({ count: 15, seconds: 10 }) }
/** Longer than the pacer takes to look again. */
const LOOK = 120

/** Asks, and waits where it has to. @returns `waits`, or the answer. */
function ask (pacer: Pacer, client: string, budget: BudgetName, settle: (denial: Denial | undefined) => void): 'waits' | 'go' | Denial {
  const pace = pacer.pace(client, budget)
  if (pace === 'go' || 'code' in pace) return pace
  pace.start(settle)
  return 'waits'
}

// Those that waited were overtaken by those that were let go beyond the budget, until their patience was over.
t.test('a lone client that calls steadily beyond its budget is never refused, not even after a wait', async (t) => {
  let now = 1
  const pacer = createPacer(SETTINGS, () => now)
  t.teardown(pacer.close)
  const denied: Denial[] = []
  let waited = 0
  for (let i = 0; i < 60; i++) {
    now += 400
    const answer = ask(pacer, 'alone', 'query', (denial) => { if (denial !== undefined) denied.push(denial) })
    if (answer === 'waits') waited++
    else if (answer !== 'go') denied.push(answer)
    await pause(60)
  }
  now += 9 * SECOND
  await pause(LOOK)
  t.ok(waited > 0)
  t.strictSame(denied, [])
})

// A budget of a second: each of a hundred was told to wait a second, because only the next place was looked for.
t.test('a line longer than the budget is told its whole wait', async (t) => {
  const budget = new BudgetPacer({ count: 10, seconds: 1 })
  for (let i = 0; i < 10; i++) budget.force('a', 1)
  for (let i = 0; i < 40; i++) budget.enqueue({ client: 'a', deadline: Infinity, settle: () => {} })
  t.ok(budget.wait('a', false, 1) > 4, String(budget.wait('a', false, 1)))
  t.ok(budget.wait('a', true, 1) > 5, 'of 8 in each second, since others have a part')
})

// It had half of the places in each budget, so two budgets were enough to have all.
t.test('one client never takes all places to wait, whatever budgets it asks for', async (t) => {
  const pacer = createPacer(SETTINGS, () => 1)
  t.teardown(pacer.close)
  pacer.pace('calm', 'info')
  for (const budget of ['query', 'stats', 'other'] as const) {
    pacer.refused(budget, 3)
    for (let i = 0; i < 20; i++) ask(pacer, 'flood', budget, () => {})
  }
  t.equal(ask(pacer, 'calm', 'other', () => {}), 'waits')
})

// "The budget (15 in 10 s) is spent" was said of a key that had sent nothing.
t.test('who is refused because of a 429 is told so', async (t) => {
  const pacer = createPacer(SETTINGS, () => 1)
  t.teardown(pacer.close)
  pacer.pace('calm', 'info')
  pacer.refused('query', 30)
  t.match(ask(pacer, 'ana', 'query', () => {}), { code: 'budget-spent', detail: /^the upstream has answered 429 .*POST \/runs\/query/, retryAfter: 30 })
})

// Each look at the line counted all clients for each that waited: 10,000 of them held up everything for 230 ms.
t.test('many clients and a long line cost little', async (t) => {
  const time = (clients: number): number => {
    const budget = new BudgetPacer({ count: 20_000, seconds: 60 })
    for (let i = 0; i < 20_000; i++) budget.force(`c${String(i % clients)}`, 1)
    for (let i = 0; i < 500; i++) budget.enqueue({ client: `c${String(i)}`, deadline: 2, settle: () => {} })
    const begun = performance.now()
    budget.release(true, 3)
    return performance.now() - begun
  }
  time(500) // warm
  const [few, many] = [500, 20_000].map((clients) => Math.min(time(clients), time(clients), time(clients)))
  t.ok((many ?? Infinity) < 10 * (few ?? 0) + 5, `${String(few)} ms and ${String(many)} ms`)
})

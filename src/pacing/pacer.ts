// The budgets of one key at one upstream, which all its clients share.

import { BudgetPacer } from './budget-pacer.ts'
import type { ClientUse, Waiter } from './budget-pacer.ts'
import { BUDGETS } from '../config/budgets.ts'
import type { BudgetName } from '../config/budgets.ts'
import type { Rate } from '../config/rate.ts'
import type { Denial } from '../exchange.ts'

export interface PacingSettings {
  /** Longest wait in milliseconds. */
  readonly maxWait: number
  /** How many may wait for one key. */
  readonly maxWaiting: number
  /** What this proxy may spend of a budget. */
  readonly rateOf: (name: BudgetName) => Rate | undefined
}

/** What became of a request: it may go at once, it must not, or somebody has to wait. */
export type Pace = 'go' | Denial | Wait

export interface Wait {
  /** Calls back once, unless it was left before: without a denial the request may go. */
  readonly start: (settle: (denial: Denial | undefined) => void) => void
  /** The client has left. */
  readonly leave: () => void
}

/** What has been spent of one budget in its time just gone. */
export interface BudgetUse {
  readonly budget: BudgetName
  /** Undefined where none is known. */
  readonly rate: Rate | undefined
  readonly clients: readonly ClientUse[]
  readonly waiting: number
  /** Milliseconds for which the upstream wants no more. */
  readonly blocked: number
}

export interface Pacer {
  /** @param client - Its name; those without one go by their address. */
  readonly pace: (client: string, budget: BudgetName) => Pace
  /** The upstream has said 429. @param retryAfter - Seconds; where it has not told, the next request asks it anew. */
  readonly refused: (budget: BudgetName, retryAfter: number | undefined) => void
  /** Takes other settings; what was spent stays spent. */
  readonly use: (settings: PacingSettings) => void
  readonly uses: () => readonly BudgetUse[]
  /** Lets all that waits go. */
  readonly letGo: () => void
  /** Refuses all that waits: there would be no time for an answer. */
  readonly close: () => void
}

/** How often it is looked at who may go; only while somebody waits. */
const LOOK_MS = 50
/** Another client counts for so long as one that the rest is kept for. */
const REMEMBERED_MS = 10 * 60_000
/** Seconds; of a 429 no more is believed, for some are about a month, and are tried again. */
const LONGEST_BLOCK = 60
/** Of all that may wait, one client at most takes this part. */
const SHARE_OF_WAITING = 0.5
const MANY_CLIENTS = 1000
const CLOSED: Denial = { code: 'draining', detail: 'the proxy ended while the request waited for its turn; it was not sent' }

/** @param now - Milliseconds of a clock that never goes back. */
export function createPacer (first: PacingSettings, now: () => number): Pacer {
  let settings = first
  const budgets = new Map<BudgetName, BudgetPacer>()
  const seen = new Map<string, number>() // the newest is last
  let newest: string | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function budgetPacer (name: BudgetName): BudgetPacer {
    const made = budgets.get(name) ?? new BudgetPacer(settings.rateOf(name))
    budgets.set(name, made)
    return made
  }

  /** Whether others than this client have used the key of late. */
  function hasOthers (client: string, time: number): boolean {
    if (client !== newest) seen.delete(client) // not for each request of one: V8 makes a new table for every few entries that go
    newest = client
    seen.set(client, time)
    for (const [other, at] of seen) {
      if (time - at <= REMEMBERED_MS && seen.size <= MANY_CLIENTS) break
      seen.delete(other)
    }
    return seen.size > 1
  }

  function look (): void {
    const time = now()
    for (const budget of budgets.values()) if (budget.waiting > 0) budget.release(seen.size > 1, time)
    if (waiting() === 0) stop()
  }

  function waiting (): number {
    let sum = 0
    for (const budget of budgets.values()) sum += budget.waiting
    return sum
  }

  function waitingOf (client: string): number {
    let sum = 0
    for (const budget of budgets.values()) sum += budget.waitingOf(client)
    return sum
  }

  function mayWait (client: string, others: boolean): boolean {
    return waiting() < settings.maxWaiting && waitingOf(client) < settings.maxWaiting * (others ? SHARE_OF_WAITING : 1)
  }

  function stop (): void {
    clearInterval(timer)
    timer = undefined
  }

  function letGo (): void {
    stop()
    for (const budget of budgets.values()) budget.letGo()
  }

  function waitFor (budget: BudgetPacer, name: BudgetName, client: string): Wait {
    let waiter: Waiter | undefined
    return {
      start (settle) {
        waiter = {
          client, deadline: now() + settings.maxWait,
          settle: (seconds) => { settle(closed ? CLOSED : seconds === undefined ? undefined : spent(name, budget, seconds, now())) }
        }
        budget.enqueue(waiter)
        timer ??= setInterval(look, LOOK_MS)
      },
      leave () { if (waiter !== undefined) budget.leave(waiter) }
    }
  }

  return {
    pace (client, name) {
      const time = now()
      const others = hasOthers(client, time)
      const budget = budgetPacer(name)
      if (budget.admit(client, others, time)) return 'go'
      const seconds = budget.wait(client, others, time)
      if (seconds * 1000 <= settings.maxWait && mayWait(client, others)) return waitFor(budget, name, client)
      if (others) return spent(name, budget, Math.max(1, Math.ceil(seconds)), time)
      budget.force(client, time)
      return 'go'
    },
    refused (name, retryAfter) {
      if (retryAfter !== undefined) budgetPacer(name).block(Math.min(retryAfter, LONGEST_BLOCK) * 1000, now())
    },
    use (next) {
      settings = next
      for (const [name, budget] of budgets) budget.use(next.rateOf(name))
    },
    uses () {
      const time = now()
      return [...budgets].map(([budget, pacer]) => ({ budget, rate: pacer.rate, clients: pacer.spent(time), waiting: pacer.waiting, blocked: pacer.blocked(time) }))
    },
    letGo,
    close () {
      closed = true
      letGo()
    }
  }
}

function spent (name: BudgetName, pacer: BudgetPacer, seconds: number, time: number): Denial {
  const { rate } = pacer
  const blocked = Math.ceil(pacer.blocked(time) / 1000)
  if (blocked > 0) return { code: 'budget-spent', detail: `the upstream has answered 429 to requests with the shared key for ${BUDGETS[name].about}; they are held back for another ${String(blocked)} s`, retryAfter: seconds }
  const budget = rate === undefined ? '' : ` (${String(rate.count)} in ${String(rate.seconds)} s)`
  return { code: 'budget-spent', detail: `the budget of the shared key for ${BUDGETS[name].about}${budget} is spent, and the wait would be too long`, retryAfter: seconds }
}

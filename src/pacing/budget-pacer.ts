// One budget of one key: who may spend it now, who waits, who is told to come again.
//
// Four fifths of a budget go to whoever comes first. The last fifth is for clients that have had less than their fair
// share, so that one which floods does not stop those that call now and then. What does not fit waits, each client in
// turn, if that is short enough. A client that has the key for itself is never refused here: beyond its budget LangSmith
// decides, and the answer is true even if the published budgets are not.

import { Turns } from './turns.ts'
import { Window } from './window.ts'
import type { Rate } from '../config/rate.ts'

export interface Waiter {
  readonly client: string
  /** When its patience ends, by the clock of the pacer. */
  readonly deadline: number
  /** Called once: it may go now, or `seconds` tells when it should come again. */
  readonly settle: (seconds: number | undefined) => void
}

export interface ClientUse {
  readonly client: string
  readonly used: number
}

const KEPT_FOR_OTHERS = 0.2
/** Part of the time of a budget after which it is counted anew who has spent any; to do so for each request would cost too much. */
const RECOUNT = 0.05

export class BudgetPacer {
  #rate: Rate | undefined
  #used: Window | undefined
  readonly #usedBy = new Map<string, Window>()
  #recountAt = 0
  readonly #turns = new Turns<Waiter>()
  #blockedUntil = 0

  /** @param rate - Undefined where nobody knows it: then only what the upstream says holds anybody back. */
  constructor (rate: Rate | undefined) {
    this.use(rate)
  }

  /** Another rate; what was spent stays spent as long as its time is the same. */
  use (rate: Rate | undefined): void {
    if (rate?.seconds !== this.#rate?.seconds) {
      this.#used = rate === undefined ? undefined : new Window(rate.seconds * 1000)
      this.#usedBy.clear()
      this.#recountAt = 0
    }
    this.#rate = rate
  }

  get rate (): Rate | undefined {
    return this.#rate
  }

  get waiting (): number {
    return this.#turns.size
  }

  /** Counts a request that may go at once. @param others - Other clients use this key, too. @returns Whether it may. */
  admit (client: string, others: boolean, now: number): boolean {
    if (this.#turns.size > 0 && (this.#turns.of(client) > 0 || !this.#isLight(client, now))) return false
    if (!this.#mayGo(client, others, now)) return false
    this.#count(client, now)
    return true
  }

  /** Seconds until a request of this client would go, if it waited. */
  wait (client: string, others: boolean, now: number): number {
    const blocked = others ? Math.max(0, this.#blockedUntil - now) : 0
    if (this.#rate === undefined || this.#used === undefined) return blocked / 1000
    const most = Math.max(1, this.#isLight(client, now) ? this.#limit : this.#forAll(others))
    const ahead = this.#turns.ahead(client)
    const rounds = Math.floor(ahead / most) // whole times of the budget that the line before it takes
    const free = this.#used.until(most - 1 - ahead % most, now) + rounds * this.#rate.seconds * 1000
    return Math.max(blocked, free) / 1000
  }

  /** @returns How many of this client wait. */
  waitingOf (client: string): number {
    return this.#turns.of(client)
  }

  /** Lets a request wait its turn; see release(). */
  enqueue (waiter: Waiter): void {
    this.#turns.push(waiter.client, waiter)
  }

  /** A waiting request whose client has left. */
  leave (waiter: Waiter): void {
    this.#turns.remove((item) => item === waiter)
  }

  /** Counts a request that goes although the budget is spent. */
  force (client: string, now: number): void {
    this.#count(client, now)
  }

  /** The upstream has said 429: nobody goes for so many milliseconds. */
  block (ms: number, now: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, now + ms)
  }

  /** Settles what can go now, and what has waited long enough. */
  release (others: boolean, now: number): void {
    for (;;) {
      const waiter = this.#turns.take((client) => this.#mayGo(client, others, now))
      if (waiter === undefined) break
      this.#count(waiter.client, now)
      waiter.settle(undefined)
    }
    for (const { client, settle } of this.#turns.remove(({ deadline }) => deadline <= now)) {
      if (others) settle(Math.max(1, Math.ceil(this.wait(client, others, now))))
      else { // it is alone: the upstream decides
        this.#count(client, now)
        settle(undefined)
      }
    }
  }

  /** Lets all that wait go. */
  letGo (): void {
    for (const { settle } of this.#turns.remove(() => true)) settle(undefined)
  }

  /** What each client has spent of it, in its time just gone. */
  spent (now: number): readonly ClientUse[] {
    return [...this.#usedBy].map(([client, window]) => ({ client, used: window.total(now) })).filter(({ used }) => used > 0)
  }

  /** Milliseconds for which the upstream wants no more. */
  blocked (now: number): number {
    return Math.max(0, this.#blockedUntil - now)
  }

  #mayGo (client: string, others: boolean, now: number): boolean {
    if (others && now < this.#blockedUntil) return false // who is alone hears from the upstream itself
    const used = this.#used?.total(now) ?? 0
    return used < this.#forAll(others) || (used < this.#limit && this.#isLight(client, now))
  }

  get #limit (): number {
    return this.#rate?.count ?? Infinity
  }

  /** What may be spent by whoever comes first. */
  #forAll (others: boolean): number {
    return others && this.#rate !== undefined ? this.#rate.count - Math.ceil(this.#rate.count * KEPT_FOR_OTHERS) : this.#limit
  }

  /** Whether it has had less than its fair share. */
  #isLight (client: string, now: number): boolean {
    if (this.#rate === undefined) return false
    this.#forgetIdle(now)
    const own = this.#usedBy.get(client)
    const used = own?.total(now) ?? 0
    const clients = this.#usedBy.size + (own === undefined ? 1 : 0)
    return used < this.#rate.count / Math.max(2, clients)
  }

  #count (client: string, now: number): void {
    if (this.#rate === undefined) return
    this.#used?.add(now)
    const window = this.#usedBy.get(client) ?? new Window(this.#rate.seconds * 1000)
    window.add(now)
    this.#usedBy.set(client, window)
    this.#forgetIdle(now)
  }

  #forgetIdle (now: number): void {
    if (this.#rate === undefined || now < this.#recountAt) return
    this.#recountAt = now + this.#rate.seconds * 1000 * RECOUNT
    for (const [name, window] of this.#usedBy) if (window.total(now) === 0) this.#usedBy.delete(name)
  }
}

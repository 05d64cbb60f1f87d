// Follows one credential: reads it again when it may have changed, tests a new value before it is used,
// and goes back to the old one when only that works. Everything happens one after the other, never on a
// request's own time.

import type { Config } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import { sameValues, type Credential } from '../credential.ts'
import { daysLeft, nextNoticeAt, noticeDue, rereadAt, rereadGap } from './expiry.ts'
import { judge, type Verify } from './judge.ts'
import type { RotationEvent } from './events.ts'
import type { CredentialSlot } from '../slot.ts'

export interface RotatorOptions {
  readonly slot: CredentialSlot
  /** Reads the credential anew. @throws ProxyError */
  readonly read: () => Promise<Credential>
  readonly verify: Verify
  readonly report: (event: RotationEvent) => void
  /** Told what no code expected. */
  readonly onDefect: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly settings: Config['rotation']
  /** The value can only be had by asking for it now and then. */
  readonly asked: boolean
  /** The value never changes while the program runs. */
  readonly captured: boolean
}

/** After a refusal by LangSmith, a value is read again at most so often, and two values compared at most so often. */
const AFTER_REFUSAL_MS = 30_000
const COMPARE_MS = 10_000
/** A refused value is tested again: a new key may take a while until LangSmith knows it. */
const RETEST_MS = 60_000
/** Between two tries while it cannot be read. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000
/** Timers beyond 24.8 days fire at once. */
const LONGEST_TIMER_MS = 24 * 60 * 60_000

export class Rotator {
  readonly #options: RotatorOptions
  #queue: Promise<void> = Promise.resolve()
  #rereadWaits = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  /** The new value that LangSmith refused last. */
  #rejected: { readonly credential: Credential, readonly at: number, readonly told: boolean } | undefined
  /** Set while it cannot be read. */
  #failure: { readonly text: string, readonly tries: number } | undefined
  #readAt: number
  #comparedAt = -Infinity
  #rereadAfterRefusalAt = -Infinity
  #told: { readonly expiresAt: number, readonly days: number } | undefined

  constructor (options: RotatorOptions) {
    this.#options = options
    this.#readAt = options.now()
    if (options.slot.current === undefined) this.#failure = { text: '', tries: 1 } // said at start
  }

  start (): void {
    this.#warnOfExpiry()
    this.#plan()
  }

  stop (): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /**
   * Reads it again, soon; calls while one waits are one.
   *
   * @param afresh - A person asks: what was refused before is tried and reported again.
   */
  reread (afresh = false): Promise<void> {
    if (afresh && this.#rejected !== undefined) this.#rejected = { ...this.#rejected, at: -Infinity, told: false }
    if (this.#options.captured || this.#rereadWaits) return this.#queue
    this.#rereadWaits = true
    return this.#inTurn(() => this.#rereadNow())
  }

  /** LangSmith refused a request with this version (401 or 403). */
  refused (fingerprint: string): void {
    const { slot, now, captured } = this.#options
    if (this.#stopped || slot.current?.apiKey.fingerprint !== fingerprint) return
    if (slot.previous !== undefined && now() < slot.previous.until) {
      if (now() - this.#comparedAt < COMPARE_MS) return
      this.#comparedAt = now()
      void this.#inTurn(() => this.#compare())
    } else if (!captured && now() - this.#rereadAfterRefusalAt >= AFTER_REFUSAL_MS) {
      this.#rereadAfterRefusalAt = now()
      void this.reread()
    }
  }

  #inTurn (step: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.#stopped) return
      await step()
      this.#plan()
    }).catch(this.#options.onDefect)
    return this.#queue
  }

  async #rereadNow (): Promise<void> {
    this.#rereadWaits = false
    this.#readAt = this.#options.now()
    let candidate: Credential
    try {
      candidate = await this.#options.read()
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      this.#noteFailure(error)
      return
    }
    this.#noteSuccess()
    await this.#consider(candidate)
    this.#warnOfExpiry()
  }

  #noteFailure (error: ProxyError): void {
    const { slot, report } = this.#options
    const said = this.#failure?.text === error.message
    this.#failure = { text: error.message, tries: (this.#failure?.tries ?? 0) + 1 }
    if (!said) report({ event: 'credential.failed', ...this.#names, code: error.code, detail: error.message, hint: error.hint, kept: slot.current?.apiKey.fingerprint })
    this.#warnOfExpiry()
  }

  #noteSuccess (): void {
    if (this.#failure === undefined) return
    this.#failure = undefined
    this.#options.report({ event: 'credential.recovered', ...this.#names })
  }

  async #consider (candidate: Credential): Promise<void> {
    const { slot, settings, verify } = this.#options
    const { current } = slot
    if (current === undefined) { // no worse than nothing
      this.#use(candidate, { test: 'skipped' })
      return
    }
    if (sameValues(candidate, current)) {
      slot.current = { ...current, expiresAt: candidate.expiresAt }
      this.#rejected = undefined // whatever was refused is not there any more
      return
    }
    const rejected = this.#rejected !== undefined && sameValues(candidate, this.#rejected.credential) ? this.#rejected : undefined
    if (rejected !== undefined && this.#options.now() - rejected.at < RETEST_MS) return
    const judgement = await judge({ candidate, current, wasRefused: rejected !== undefined, test: settings.test, verify })
    if (this.#stopped) return
    if (judgement.use) this.#use(candidate, judgement)
    else this.#reject(candidate, judgement.status, rejected?.told ?? false)
  }

  #use (credential: Credential, { test, reason }: { readonly test: 'accepted' | 'untold' | 'skipped', readonly reason?: string }): void {
    const { slot, settings, now, report } = this.#options
    const { current } = slot
    slot.previous = current === undefined ? undefined : { credential: current, until: now() + settings.overlap }
    slot.current = credential
    this.#rejected = undefined
    this.#comparedAt = -Infinity
    report({ event: 'credential.rotated', ...this.#names, from: current?.apiKey.fingerprint, to: credential.apiKey.fingerprint, test, reason })
  }

  #reject (credential: Credential, status: number | undefined, told: boolean): void {
    const { slot, now, report } = this.#options
    this.#rejected = { credential, at: now(), told: told || status !== undefined }
    if (told || status === undefined) return
    report({ event: 'credential.rejected', ...this.#names, fingerprint: credential.apiKey.fingerprint, kept: slot.current?.apiKey.fingerprint ?? '', status })
  }

  async #compare (): Promise<void> {
    const { slot, verify, report, now } = this.#options
    const { current, previous } = slot
    if (current === undefined || previous === undefined) return
    const [ofNew, ofOld] = await Promise.all([verify(current), verify(previous.credential)])
    if (this.#stopped || ofNew.says !== 'refused' || ofOld.says !== 'accepted') return
    slot.current = previous.credential
    slot.previous = undefined
    this.#rejected = { credential: current, at: now(), told: true }
    report({ event: 'credential.reverted', ...this.#names, from: current.apiKey.fingerprint, to: previous.credential.apiKey.fingerprint, status: ofNew.status })
  }

  #warnOfExpiry (): void {
    const { slot, now, report } = this.#options
    const { current } = slot
    if (current?.expiresAt === undefined) return
    const { expiresAt, since, apiKey } = current
    const days = noticeDue(now(), since, expiresAt, this.#told?.expiresAt === expiresAt ? this.#told.days : undefined)
    if (days === undefined) return
    this.#told = { expiresAt, days }
    report({ event: 'credential.expiring', ...this.#names, fingerprint: apiKey.fingerprint, expires_at: new Date(expiresAt).toISOString(), days_left: daysLeft(now(), expiresAt) })
  }

  get #names (): { credential: string, secret_ref: string } {
    const { slot } = this.#options
    return { credential: slot.name, secret_ref: slot.secretRef }
  }

  /** Sets the timer for whatever is due next. */
  #plan (): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const { now, slot } = this.#options
    if (slot.previous !== undefined && now() >= slot.previous.until) slot.previous = undefined
    const next = Math.min(...this.#rereadTimes(), ...this.#otherTimes())
    if (next === Infinity) return
    this.#timer = setTimeout(() => { this.#onTimer() }, Math.min(Math.max(next - now(), 10), LONGEST_TIMER_MS)).unref()
  }

  #onTimer (): void {
    this.#warnOfExpiry()
    if (this.#options.now() >= Math.min(...this.#rereadTimes())) void this.reread()
    else this.#plan()
  }

  /** When it is to be read again. */
  #rereadTimes (): readonly number[] {
    const { slot, settings, asked, captured } = this.#options
    if (captured) return [Infinity]
    if (this.#failure !== undefined) return [this.#readAt + Math.min(FIRST_RETRY_MS * 2 ** (this.#failure.tries - 1), LAST_RETRY_MS)]
    const { since = 0, expiresAt } = slot.current ?? {}
    return [
      this.#rejected === undefined ? Infinity : this.#rejected.at + RETEST_MS,
      asked && expiresAt !== undefined ? Math.max(rereadAt(since, expiresAt), this.#readAt + rereadGap(since, expiresAt)) : Infinity,
      asked && expiresAt === undefined && settings.interval > 0 ? this.#readAt + settings.interval : Infinity
    ]
  }

  /** When there is something to tell or to forget. */
  #otherTimes (): readonly number[] {
    const { slot, now } = this.#options
    const expiresAt = slot.current?.expiresAt
    return [expiresAt === undefined ? Infinity : nextNoticeAt(now(), expiresAt) ?? Infinity, slot.previous?.until ?? Infinity]
  }
}

// Follows one credential: reads it again when it may have changed, tests a new value before it is used,
// and goes back to the old one when only that works. Everything happens one after the other, never on a
// request's own time.

import { ProxyError } from '../../errors.ts'
import { sameValues, type Credential } from '../credential.ts'
import { warnOfExpiry } from './expiry-notice.ts'
import { judge } from './judge.ts'
import { freshState } from './rotator-state.ts'
import type { RotatorState } from './rotator-state.ts'
import type { RotatorOptions } from './rotator-options.ts'
import { AFTER_REFUSAL_MS, COMPARE_MS, RETEST_MS, untilNotice, untilReread } from './schedule.ts'

/** Timers beyond 24.8 days fire at once. */
const LONGEST_TIMER_MS = 24 * 60 * 60_000

export class Rotator {
  readonly state: RotatorState
  readonly #options: RotatorOptions
  #queue: Promise<void> = Promise.resolve()
  #rereadWaits = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor (options: RotatorOptions) {
    this.#options = options
    this.state = options.state ?? freshState(options.slot, options.ticks())
  }

  start (): void {
    warnOfExpiry(this.#options, this.state)
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
    if (afresh && this.state.rejected !== undefined) this.state.rejected = { ...this.state.rejected, at: -Infinity, told: false }
    if (this.#options.captured || this.#rereadWaits) return this.#queue
    this.#rereadWaits = true
    return this.#inTurn(() => this.#rereadNow())
  }

  /** LangSmith refused a request with this version (401 or 403). */
  refused (fingerprint: string): void {
    const { slot, ticks, captured } = this.#options
    if (this.#stopped || slot.current?.apiKey.fingerprint !== fingerprint) return
    if (slot.previous !== undefined && ticks() < slot.previous.until) {
      if (ticks() - this.state.comparedAt < COMPARE_MS) return
      this.state.comparedAt = ticks()
      void this.#inTurn(() => this.#compare())
    } else if (!captured && ticks() - this.state.rereadAfterRefusalAt >= AFTER_REFUSAL_MS) {
      this.state.rereadAfterRefusalAt = ticks()
      void this.reread()
    }
  }

  /** LangSmith told when this version ends, in milliseconds since 1970. */
  expires (fingerprint: string, at: number): void {
    const { slot } = this.#options
    if (this.#stopped || slot.current?.apiKey.fingerprint !== fingerprint) return
    slot.current = { ...slot.current, upstreamExpiresAt: at }
    warnOfExpiry(this.#options, this.state)
    this.#plan()
  }

  #inTurn (step: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.#stopped) return
      try {
        await step()
      } finally {
        this.#plan()
      }
    }).catch(this.#options.onDefect)
    return this.#queue
  }

  async #rereadNow (): Promise<void> {
    this.#rereadWaits = false
    this.state.readAt = this.#options.ticks()
    let candidate: Credential
    try {
      candidate = await this.#options.read()
    } catch (error) {
      if (this.#stopped) return
      if (!(error instanceof ProxyError)) {
        this.state.failure = { text: '', tries: (this.state.failure?.tries ?? 0) + 1 }
        throw error
      }
      this.#noteFailure(error)
      return
    }
    if (this.#stopped) return // another config holds: what was read for this one goes nowhere
    this.#noteSuccess()
    this.state.overdue = candidate.expiresAt !== undefined && candidate.expiresAt <= this.#options.now() ? this.state.overdue + 1 : 0
    await this.#consider(candidate)
    warnOfExpiry(this.#options, this.state)
  }

  #noteFailure (error: ProxyError): void {
    const { slot, report } = this.#options
    const said = this.state.failure?.text === error.message
    this.state.failure = { text: error.message, tries: (this.state.failure?.tries ?? 0) + 1 }
    if (!said) report({ event: 'credential.failed', ...this.#names, code: error.code, detail: error.message, hint: error.hint, kept: slot.current?.apiKey.fingerprint })
    warnOfExpiry(this.#options, this.state)
  }

  #noteSuccess (): void {
    if (this.state.failure === undefined) return
    this.state.failure = undefined
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
      this.state.rejected = undefined // whatever was refused is not there any more
      return
    }
    const rejected = this.state.rejected !== undefined && sameValues(candidate, this.state.rejected.credential) ? this.state.rejected : undefined
    if (rejected !== undefined && this.#options.ticks() - rejected.at < RETEST_MS) return
    const judgement = await judge({ candidate, current, wasRefused: rejected !== undefined, test: settings.test, verify })
    if (this.#stopped) return
    if (judgement.use) this.#use(candidate, judgement)
    else this.#reject(candidate, judgement.status, rejected?.told ?? false)
  }

  #use (credential: Credential, { test, reason }: { readonly test: 'accepted' | 'untold' | 'skipped', readonly reason?: string }): void {
    const { slot, settings, ticks, report } = this.#options
    const { current } = slot
    // One that was never tried is no place to go back to: a file that was read while it was written, say.
    const lastGood = this.state.untested ? slot.previous?.credential ?? current : current
    slot.previous = lastGood === undefined ? undefined : { credential: lastGood, until: ticks() + settings.overlap }
    slot.current = credential
    this.state.untested = test === 'untold' && current !== undefined
    this.state.rejected = undefined
    this.state.comparedAt = -Infinity
    report({ event: 'credential.rotated', ...this.#names, from: current?.apiKey.fingerprint, to: credential.apiKey.fingerprint, test, reason })
  }

  #reject (credential: Credential, status: number | undefined, told: boolean): void {
    const { slot, ticks, report } = this.#options
    this.state.rejected = { credential, at: ticks(), told: told || status !== undefined }
    if (told || status === undefined) return
    report({ event: 'credential.rejected', ...this.#names, fingerprint: credential.apiKey.fingerprint, kept: slot.current?.apiKey.fingerprint ?? '', status })
  }

  async #compare (): Promise<void> {
    const { slot, verify, report, ticks } = this.#options
    const { current, previous } = slot
    if (current === undefined || previous === undefined) return
    const [ofNew, ofOld] = await Promise.all([verify(current), verify(previous.credential)])
    if (ofNew.says === 'accepted') this.state.untested = false
    if (this.#stopped || ofNew.says !== 'refused' || ofOld.says !== 'accepted') return
    this.state.untested = false
    slot.current = previous.credential
    slot.previous = undefined
    this.state.rejected = { credential: current, at: ticks(), told: true }
    report({ event: 'credential.reverted', ...this.#names, from: current.apiKey.fingerprint, to: previous.credential.apiKey.fingerprint, status: ofNew.status })
  }

  get #names (): { credential: string, secret_ref: string } {
    const { slot } = this.#options
    return { credential: slot.name, secret_ref: slot.secretRef }
  }

  /** Sets the timer for whatever is due next. */
  #plan (): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const { ticks, slot } = this.#options
    if (slot.previous !== undefined && ticks() >= slot.previous.until) slot.previous = undefined
    const wait = Math.min(untilReread(this.#options, this.state), untilNotice(this.#options, this.state))
    if (wait === Infinity) return
    this.#timer = setTimeout(() => { this.#onTimer() }, Math.min(Math.max(wait, 10), LONGEST_TIMER_MS)).unref()
  }

  #onTimer (): void {
    warnOfExpiry(this.#options, this.state)
    if (untilReread(this.#options, this.state) <= 0) void this.reread()
    else this.#plan()
  }
}

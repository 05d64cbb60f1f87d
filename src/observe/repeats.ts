// Keeps the log readable in a flood. Denials and failures (a client in a loop, an upstream that is
// down) are logged once and then counted, one line per kind and 10 seconds; refusals and other explained
// answers have rules of their own (diagnosis/limit.ts). Who shows no client key, or a wrong one, fills no log: requests of
// strangers are counted as a whole.

import { COUNT_EVERY_MS, createRefusalLimiter } from '../diagnosis/limit.ts'
import type { Repeated } from '../diagnosis/limit.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RefusalExplained } from '../diagnosis/events.ts'
import type { HttpErrorCode } from '../errors.ts'
import type { DescriptorsExhausted, Emit, ProxyEvent, RequestDenied, RoleWouldDeny } from '../events.ts'
import type { UpstreamFailed } from '../upstream/events.ts'

const WINDOW_MS = 10_000
/** Kinds that are remembered; codes and prefixes are few, so this is never reached by accident. */
const MAX_KINDS = 1000
/** Refusals that were told in full and may still be explained; a round of probes takes seconds. */
const MAX_TOLD = 1000
/** A success says nothing about limits and wrong addresses (reads go on while writes meet the limit), but a quiet time does. */
const ANSWER_NEWS_AFTER_MS = 10 * 60_000

/** Denials of callers that nobody knows. */
const OF_STRANGERS: ReadonlySet<HttpErrorCode> = new Set(['client-key-required', 'client-key-unknown', 'rate-limited'])

interface Kind { readonly of: string, readonly code: string, since: number, count: number }

export interface Repeats {
  /** Passes an event on, or counts it. */
  readonly emit: Emit
  /** Reports what was counted in windows that are over; call it now and then. */
  sweep: () => void
  /** Reports all that was counted; for the end of the process. */
  flush: () => void
}

/** @param now - Milliseconds, monotonic. */
export function countRepeats (next: Emit, now: () => number): Repeats {
  const kinds = new Map<string, Kind>()
  const refusals = createRefusalLimiter(now)
  const answers = createRefusalLimiter(now, ANSWER_NEWS_AFTER_MS)
  /** IDs of requests whose refusal was told in full. */
  const told = new Set<string>()
  /** The ID of the last request of a stranger that was counted; that it was answered follows at once. */
  let countedStranger: string | undefined

  function emit (event: ProxyEvent): void {
    switch (event.event) {
      case 'request.denied':
      case 'role.would_deny':
      case 'upstream.failed':
      case 'descriptors.exhausted':
        onFailure(event)
        break
      case 'refusal.diagnosed':
        onRefusal(event)
        break
      case 'refusal.explained':
        onExplained(event)
        break
      case 'answer.diagnosed':
        onAnswer(event)
        break
      case 'request.completed':
        if (event.source === 'upstream' && event.status < 300 && event.page !== true) tellRefusals(refusals.succeeded(event.credential ?? ''))
        if (event.reqId !== countedStranger) next(event)
        break
      default:
        next(event)
    }
  }

  function onFailure (event: RequestDenied | RoleWouldDeny | UpstreamFailed | DescriptorsExhausted): void {
    const why = 'reason' in event ? event.reason : event.detail // one code has several causes
    const route = 'route' in event ? event.route : undefined
    const who = event.event === 'role.would_deny' ? event.client ?? '' : '' // whose role is too narrow is what a trial is to show
    const key = `${event.event} ${event.code} ${route ?? ''} ${who} ${why}`
    const kind = kinds.get(key)
    if (kind !== undefined && now() - kind.since < WINDOW_MS) {
      kind.count++
      if (event.event === 'request.denied' && event.client === undefined && OF_STRANGERS.has(event.code)) countedStranger = event.reqId
      return
    }
    sweep()
    if (kinds.size < MAX_KINDS) kinds.set(key, { of: event.event, code: event.code, since: now(), count: 0 })
    next(event)
  }

  function onRefusal (event: RefusalDiagnosed): void {
    const credential = event.credential ?? ''
    const { diagnosis: { code, causes }, excerpt } = event
    const isGeneral = causes.every((cause) => cause.code !== code)
    const verdict = refusals.admit(credential, code, isGeneral ? excerpt : '')
    if (verdict === 'log') {
      const [oldest] = told
      if (told.size >= MAX_TOLD && oldest !== undefined) told.delete(oldest)
      told.add(event.reqId)
      next(event)
    } else if (verdict !== undefined) {
      tellRefusals([{ credential, code, count: verdict.repeated }])
    }
  }

  function onExplained (event: RefusalExplained): void {
    if (told.delete(event.reqId)) next(event)
  }

  function onAnswer (event: AnswerDiagnosed): void {
    const credential = event.credential ?? ''
    const { code } = event.diagnosis
    const verdict = answers.admit(credential, code)
    if (verdict === 'log') next(event)
    else if (verdict !== undefined) tellAnswers([{ credential, code, count: verdict.repeated }])
  }

  function tellRefusals (counted: readonly Repeated[]): void {
    for (const repeated of counted) next({ event: 'refusal.repeated', ...repeated })
  }

  function tellAnswers (counted: readonly Repeated[]): void {
    for (const { code, count } of counted) next({ event: 'events.repeated', of: 'answer.diagnosed', code, count })
  }

  function sweep (windowMs = WINDOW_MS): void {
    for (const [key, kind] of kinds) {
      if (now() - kind.since < windowMs) continue
      kinds.delete(key)
      if (kind.count > 0) next({ event: 'events.repeated', of: kind.of, code: kind.code, count: kind.count })
    }
  }

  return {
    emit,
    sweep () {
      sweep()
      tellRefusals(refusals.flush(COUNT_EVERY_MS))
      tellAnswers(answers.flush(COUNT_EVERY_MS))
    },
    flush () {
      sweep(0)
      tellRefusals(refusals.flush(0))
      tellAnswers(answers.flush(0))
    }
  }
}

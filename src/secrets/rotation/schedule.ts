// When a rotator has something to do next. Pure but for the two clocks.

import { nextNoticeAt, rereadAt, rereadGap } from './expiry.ts'
import { expiryOf } from '../credential.ts'
import type { RotatorOptions } from './rotator-options.ts'
import type { RotatorState } from './rotator-state.ts'

/** A refused value is tested again: a new key may take a while until LangSmith knows it. */
export const RETEST_MS = 60_000
/** After a refusal by LangSmith, a value is read again at most so often, and two values compared at most so often. */
export const AFTER_REFUSAL_MS = 30_000
export const COMPARE_MS = 10_000
/** Between two tries while it cannot be read. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000

/** Milliseconds until it is to be read again; below zero when that is overdue. */
export function untilReread (
  { slot, settings, asked, captured, now, ticks }: Pick<RotatorOptions, 'slot' | 'settings' | 'asked' | 'captured' | 'now' | 'ticks'>,
  { failure, rejected, readAt, overdue }: RotatorState
): number {
  if (captured) return Infinity
  const sinceRead = ticks() - readAt
  if (failure !== undefined) return Math.min(FIRST_RETRY_MS * 2 ** (failure.tries - 1), LAST_RETRY_MS) - sinceRead
  // Not what LangSmith says: the place has no new value because the key ends, and goes on being asked at its interval.
  const { since = 0, expiresAt } = slot.current ?? {}
  return Math.min(
    rejected === undefined ? Infinity : rejected.at + RETEST_MS - ticks(),
    asked && expiresAt !== undefined ? Math.max(rereadAt(since, expiresAt) - now(), rereadGap(since, expiresAt, overdue) - sinceRead) : Infinity,
    asked && expiresAt === undefined && settings.interval > 0 ? settings.interval - sinceRead : Infinity
  )
}

/** Milliseconds until there is something to tell or to forget; below zero when that is overdue. */
export function untilNotice ({ slot, now, ticks }: Pick<RotatorOptions, 'slot' | 'now' | 'ticks'>, { lookedAt }: Pick<RotatorState, 'lookedAt'>): number {
  const expiry = slot.current === undefined ? undefined : expiryOf(slot.current)
  const notice = expiry === undefined ? undefined : nextNoticeAt(lookedAt, expiry.at) // not now: its time may have come since
  return Math.min(notice === undefined ? Infinity : notice - now(), slot.previous === undefined ? Infinity : slot.previous.until - ticks())
}

// Tells that the value in use ends soon, or has ended.

import { expiryOf } from '../credential.ts'
import { daysLeft, noticeDue } from './expiry.ts'
import type { RotatorOptions } from './rotator-options.ts'
import type { RotatorState } from './rotator-state.ts'

/** Reports what is due, once; what was told, and when was looked, is noted in the state. */
export function warnOfExpiry ({ slot, now, report }: Pick<RotatorOptions, 'slot' | 'now' | 'report'>, state: Pick<RotatorState, 'told' | 'lookedAt'>): void {
  const { current, name, secretRef } = slot
  const time = state.lookedAt = now()
  const expiry = current === undefined ? undefined : expiryOf(current)
  if (current === undefined || expiry === undefined) return
  const { at, saidBy } = expiry
  // A date of LangSmith's is that of a key that a person made: however late we learned of it, no place renews it.
  const since = saidBy === 'place' ? current.since : -Infinity
  const days = noticeDue(time, since, at, state.told?.expiresAt === at ? state.told.days : undefined)
  if (days === undefined) return
  state.told = { expiresAt: at, days }
  report({
    event: 'credential.expiring', credential: name, secret_ref: secretRef, fingerprint: current.apiKey.fingerprint,
    expires_at: new Date(at).toISOString(), days_left: daysLeft(time, at)
  })
}

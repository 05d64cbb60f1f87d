// Whether the clock of this machine is right, measured by the Date header of an answer (RFC 9110, section 6.6.1: whole seconds).

import { ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'

/** Certificates and expiry dates forgive this much. */
const MOST_SKEW_MS = 60_000

/**
 * @param header - The Date header; undefined where the answer has none.
 * @param now - When the answer came, in milliseconds since 1970.
 */
export function judgeClock (header: string | undefined, now: number): Finding {
  const theirs = Date.parse(header ?? '')
  if (Number.isNaN(theirs)) return skip('clock', 'the answer has no date to compare with')
  const skew = now - theirs
  if (Math.abs(skew) <= MOST_SKEW_MS) return ok('clock', 'within a minute of that of the upstream')
  return warn('clock', `this machine is ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the upstream`, 'set the clock (on Linux: timedatectl set-ntp true); certificates and expiry dates are judged by it')
}

function inWords (ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 120) return `${minutes} minute${minutes === 1 ? '' : 's'}`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}

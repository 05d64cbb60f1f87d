// How long an upstream wants its callers to wait.

/** Longer waits are as good as none. */
const LONGEST_WAIT = 31 * 24 * 60 * 60

/**
 * The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3): a number, or a date.
 *
 * @param now - Milliseconds since 1970.
 * @returns Undefined where it says nothing that can be understood.
 */
export function secondsToWait (text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Math.round((Date.parse(text) - now) / 1000)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, LONGEST_WAIT) : undefined
}

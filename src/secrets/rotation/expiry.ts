// When a value that says how long it is valid is read again, and when a person is warned. Pure.

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Days before the end at which a person is told, once each; 0 = it is over. */
const NOTICE_DAYS = [14, 3, 1, 0] as const

/** Values that live no longer than this when they are read are renewed by their place, and nobody needs to act. */
const SHORT_LIVED_MS = 12 * HOUR_MS

/**
 * When to read a value again that ends: shortly before its end, so that the next one is there in time.
 *
 * @param since - When it was read; all three are milliseconds since 1970.
 */
export function rereadAt (since: number, expiresAt: number): number {
  const lifetime = Math.max(0, expiresAt - since)
  return expiresAt - Math.min(MINUTE_MS, lifetime / 10)
}

/**
 * The least time between two reads of a value that ends, in milliseconds: a place may go on giving the old one.
 *
 * @param overdue - How often in a row it gave one that was over already.
 */
export function rereadGap (since: number, expiresAt: number, overdue = 0): number {
  if (overdue > 0) return Math.min(MINUTE_MS, 1000 * 2 ** overdue)
  return Math.min(MINUTE_MS, Math.max(1000, (expiresAt - since) / 10))
}

/**
 * The notice that is due for a value that ends.
 *
 * @param told - The days of the last notice for this end; undefined for none.
 * @returns Its threshold, to be given as `told` next time; undefined when there is nothing new to tell.
 */
export function noticeDue (now: number, since: number, expiresAt: number, told: number | undefined): number | undefined {
  const left = expiresAt - now
  if (left > 0 && expiresAt - since <= SHORT_LIVED_MS) return undefined
  const threshold = [...NOTICE_DAYS].reverse().find((days) => left <= days * DAY_MS)
  return threshold === undefined || (told !== undefined && told <= threshold) ? undefined : threshold
}

/** When the next notice can be due; undefined after the last. */
export function nextNoticeAt (now: number, expiresAt: number): number | undefined {
  return NOTICE_DAYS.map((days) => expiresAt - days * DAY_MS).find((at) => at > now)
}

/** Whole days until the end, rounded up. */
export function daysLeft (now: number, expiresAt: number): number {
  return Math.max(0, Math.ceil((expiresAt - now) / DAY_MS))
}

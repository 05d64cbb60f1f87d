// How far findings still speak of now. LangSmith is asked once in ten minutes at most, and a key can be deleted, or a role
// changed, a second later.

import type { Evidence, Suspicion } from './diagnosis.ts'
import { LIKELY } from './weights.ts'

/** As long, in milliseconds, they prove something. */
const FRESH_MS = 60_000
/** The most that older ones may weigh: just below what is certain, so that the order of the causes stays. */
const MOST_OLD = LIKELY + 29

/** LangSmith was asked about this very answer, or at most a minute before it. */
export function isFresh ({ foundAgo = 0 }: Evidence): boolean {
  return foundAgo <= FRESH_MS
}

/** `30 seconds ago`, `4 minutes ago`; undefined where LangSmith was asked about this very answer, or not at all. */
export function whenAsked ({ foundAgo }: Evidence): string | undefined {
  if (foundAgo === undefined) return undefined
  const [count, unit] = foundAgo < FRESH_MS ? [Math.round(foundAgo / 1000), 'second'] : [Math.round(foundAgo / 60_000), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`
}

/** What read-only calls have shown is certain for a minute; afterwards it is likely at most, and says how old it is. */
export function aged (evidence: Evidence, suspicion: Suspicion): Suspicion {
  const when = whenAsked(evidence)
  if (suspicion.probed !== true || when === undefined || isFresh(evidence)) return suspicion
  const { weight, summary } = suspicion
  const hedged = /^(?:Probably|Possibly) /.test(summary) ? summary : `Probably ${summary.charAt(0).toLowerCase()}${summary.slice(1)}`
  return { ...suspicion, weight: Math.min(weight, MOST_OLD), summary: hedged.replace(/\.$/, ` (LangSmith was asked ${when}).`) }
}

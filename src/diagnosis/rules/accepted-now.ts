// LangSmith refused the call and accepts the key a moment later: a passing fault, a permission just granted, or something
// about this one call that no rule knows.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { isFresh, whenAsked } from '../freshness.ts'
import { standingOf } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey, theRoute } from '../words.ts'
import { POSSIBLE } from '../weights.ts'

export const acceptedNow: Rule = {
  code: 'accepted-now',
  answers: 'refusals',
  basis: 'inferred',
  rows: [],
  seen: '403 without a reason; asked right after, or less than a minute before, LangSmith accepts the key with its workspace.',
  means: 'Key, region and workspace are fine. The refusal was a passing one, or it is about this one call.',
  remedy: 'Send the request again. If it is refused again, compare it with one that works: path, project, and what it wants to change.',
  sureness: 'Possible only.',
  sources: ['concluded from the read-only calls'],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (!saidNoReason(evidence) || standingOf(evidence) !== 'accepted' || !isFresh(evidence)) return undefined
  const when = whenAsked(evidence)
  return {
    weight: POSSIBLE,
    summary: when === undefined
      ? `Possibly it has passed: LangSmith accepts ${theKey(evidence)} on ${theRoute(evidence)} now.`
      : `Possibly it passes, or is about this one call: LangSmith accepted ${theKey(evidence)} on ${theRoute(evidence)} ${when}.`,
    fix: 'send the request again; if it is refused again, the reason is likely to lie in this call, not in the key, the region or the workspace'
  }
}

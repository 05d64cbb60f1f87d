// A key that worked once: deleted, expired, or its owner left. LangSmith's answer to it is the bare Forbidden, so only its past
// and its being refused everywhere tell. Source of the causes: docs.langchain.com/langsmith/administration-overview.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { regionsOf } from '../other-regions.ts'
import { docsPage } from '../sources.ts'
import { isFresh } from '../freshness.ts'
import { isOrdinaryCall, isRefusedAgain, pastCalls, routeThatWorks, standingOf, workedBefore } from '../standing.ts'
import { atWeight, theKey, whereToKeep } from '../words.ts'
import { BARE, LIKELY, POINTED_AT, POSSIBLE } from '../weights.ts'

const ENDS = {
  personal: 'was deleted, has expired, or belongs to somebody who left the organization',
  service: 'was deleted or has expired',
  legacy: 'was deleted or has expired',
  other: 'was deleted or has expired'
} as const

export const keyRevoked: Rule = {
  code: 'key-revoked',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [9],
  seen: '403 `Forbidden` on everything, usually with a key that worked before.',
  means: 'The key was deleted, has expired, or (personal keys) its owner left the organization.',
  remedy: 'Look for it at LangSmith → Settings → API Keys; create a new one and store it in its place. For machines, choose a service key: it has no owner who can leave.',
  sureness: 'Likely where it worked before and is refused again and again, by read-only calls too if LangSmith was asked, or where no LangSmith region accepts a key that may read; otherwise possible, as in the first seconds after a success. Never certain: LangSmith does not say it.',
  sources: [docsPage('administration-overview')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { statement } = evidence
  // An expired key may be answered with 401 as well as with 403; that is not confirmed.
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  const weight = weightOf(evidence, statement === 'no-key')
  if (weight === undefined) return undefined
  const { keyShape, secretRef } = evidence.route
  const kind = keyShape.kind === 'personal' ? '; for machines, choose a service key' : ''
  return {
    weight,
    summary: `${atWeight(weight, `${theKey(evidence)} ${ENDS[keyShape.kind]}`)}.`,
    fix: `look for it at LangSmith → Settings → API Keys; if it is gone or expired, create a new one and ${whereToKeep(secretRef)}${kind}`
  }
}

function weightOf (evidence: Evidence, by401: boolean): number | undefined {
  const { route: { region, keyShape }, key: { expiresIn } } = evidence
  const bare = keyShape.kind === 'service' ? BARE.serviceRevoked : BARE.personalRevoked
  const standing = standingOf(evidence)
  if (routeThatWorks(evidence) !== undefined || ((standing === 'accepted' || standing === 'known') && isFresh(evidence))) return undefined
  if (expiresIn !== undefined && expiresIn < 0) return undefined // key-expired says it better
  const regions = region === undefined ? undefined : regionsOf(evidence, region)
  if (regions !== undefined && regions.asked.length + regions.used.length > 0) return undefined
  if (standing === 'refused') return whereAllIsRefused(evidence, regions?.open.length === 0) ?? bare
  const past = pastCalls(evidence)
  if (by401) return past === 'same' ? POINTED_AT : POSSIBLE
  if (past === 'same') return isOrdinaryCall(evidence) && isRefusedAgain(evidence) ? LIKELY + 5 : POSSIBLE + 8
  return bare
}

/** Whoever may write and not read is refused all read-only calls too, in its own region and elsewhere. */
function whereAllIsRefused (evidence: Evidence, everywhere: boolean): number | undefined {
  const { history, route: { keyShape } } = evidence
  const hasRead = history.readWorked !== undefined
  if (everywhere) return keyShape.kind === 'service' && !hasRead ? POINTED_AT + 1 : LIKELY + 20
  if (!workedBefore(evidence) || pastCalls(evidence) === 'other') return undefined
  return hasRead || isRefusedAgain(evidence) ? LIKELY + 5 : POSSIBLE + 8
}

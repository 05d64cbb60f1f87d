// "Forbidden - no plan found": the organisation has no plan, because its trial ended or its sign-up is not finished.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { OPENAPI, PUBLIC_REPORT } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { BILLING, theKey } from '../words.ts'
import { CERTAIN } from '../weights.ts'

export const noPlan: Rule = {
  code: 'no-plan',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [17],
  seen: '403 `{"error":"Forbidden - no plan found"}`.',
  means: 'The organization has no plan: its trial ended, or its sign-up is not finished. The key itself is fine.',
  remedy: 'Choose a plan, or finish the sign-up, at LangSmith → Settings → Billing and Usage.',
  sureness: 'Certain: LangSmith says so, or names `no_plan` as the tier when it is asked and lets the key read nothing.',
  sources: [PUBLIC_REPORT, OPENAPI],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const said = evidence.statement === 'no-plan'
  const probed = !said && saidNoReason(evidence) && standingOf(evidence) !== 'accepted' && evidence.findings?.organization.seen?.tier === 'no_plan'
  if (!said && !probed) return undefined
  return {
    weight: CERTAIN,
    summary: `The organization of ${theKey(evidence)} has no plan: its trial ended, or its sign-up is not finished.`,
    fix: `choose a plan, or finish the sign-up, at ${BILLING}`,
    probed
  }
}

// "Forbidden - no plan found": the organisation has no plan, because its trial ended or its sign-up is not finished.

import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { theKey } from '../words.ts'

export function noPlan (evidence: Evidence): Cause | undefined {
  if (statementOf(evidence) !== 'no-plan') return undefined
  return {
    code: 'no-plan',
    confidence: 'certain',
    summary: `The organization of ${theKey(evidence)} has no plan: its trial ended, or its sign-up is not finished.`,
    fix: 'choose a plan, or finish the sign-up, at LangSmith → Settings → Billing'
  }
}

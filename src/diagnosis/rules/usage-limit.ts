// A monthly limit, which LangSmith usually reports as 429, was also seen as 403 (a commenter of langsmith-sdk issue 637).

import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { theKey } from '../words.ts'

export function usageLimit (evidence: Evidence): Cause | undefined {
  if (statementOf(evidence) !== 'usage-limit') return undefined
  return {
    code: 'usage-limit',
    confidence: 'certain',
    summary: `The organization of ${theKey(evidence)} has used up a limit of its plan; the key itself is fine.`,
    fix: 'raise the limit at LangSmith → Settings → Usage and billing, or send fewer traces'
  }
}

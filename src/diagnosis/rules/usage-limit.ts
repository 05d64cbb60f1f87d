// A limit of the plan or of the workspace's own, which LangSmith usually reports as 429; also seen as 403 (a commenter of
// langsmith-sdk issue 637). Reads keep working.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { isWrite } from '../permissions.ts'
import { docsPage, OPENAPI, sdkIssue } from '../sources.ts'
import { saidNoReason } from '../unexplained.ts'
import { atWeight, BILLING, theKey } from '../words.ts'
import { CERTAIN, LIKELY } from '../weights.ts'

export const usageLimit: Rule = {
  code: 'usage-limit',
  answers: 'all',
  basis: 'confirmed',
  rows: [18],
  seen: '429, seldom 403, on writes: `Monthly unique traces usage limit exceeded`, alone or behind `Too many requests: tenant exceeded usage limits`. Reads keep working.',
  means: 'The organization has used up a limit of its plan, or one that it set itself. The key is fine.',
  remedy: 'Raise the limit at LangSmith → Settings → Billing and Usage, or send fewer traces (sampling).',
  sureness: 'Certain where LangSmith says so; likely for a write without a reason while LangSmith reports a reached limit when it is asked.',
  sources: [sdkIssue(637), docsPage('usage-and-billing'), OPENAPI],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const said = evidence.statement === 'usage-limit'
  const probed = !said && saidNoReason(evidence) && evidence.findings?.usage.rejecting === true && isWrite(evidence.method, evidence.path)
  if (!said && !probed) return undefined
  const weight = said ? CERTAIN : LIKELY + 25
  return {
    weight,
    summary: `${atWeight(weight, `the organization of ${theKey(evidence)} has used up a limit of its plan, or one of its own`)}; the key itself is fine.`,
    fix: `raise the limit at ${BILLING}, or send fewer traces`,
    probed
  }
}

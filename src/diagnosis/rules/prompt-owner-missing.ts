// "No prompt owner specified": a prompt was named without its owner, and the key told LangSmith of none
// (langsmith-sdk issues 1007, 1428, 1521, 1624).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { sdkIssue } from '../sources.ts'
import { says } from '../statement.ts'
import { theKey } from '../words.ts'
import { CERTAIN } from '../weights.ts'

export const promptOwnerMissing: Rule = {
  code: 'prompt-owner-missing',
  answers: 'others',
  basis: 'confirmed',
  rows: [28],
  seen: '400 or 422 `{"detail":"No prompt owner specified"}`.',
  means: 'The prompt was named without its owner. Usual when LangSmith does not connect the key with a workspace: no key, or one of another region.',
  remedy: 'Name the prompt as `owner/name` (`-/name` for your own workspace); if that fails too, look at the key and the region with `langsmith-proxy doctor`.',
  sureness: 'Certain: LangSmith says so.',
  sources: [sdkIssue(1007), sdkIssue(1428), sdkIssue(1521), sdkIssue(1624)],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if ((evidence.status !== 400 && evidence.status !== 422) || !says(evidence, /^no prompt owner specified$/)) return undefined
  return {
    weight: CERTAIN,
    summary: `The prompt was named without its owner, and ${theKey(evidence)} does not tell LangSmith of one.`,
    fix: 'name the prompt as owner/name, or -/name for your own workspace; if that fails too, run "langsmith-proxy doctor" for key and region'
  }
}

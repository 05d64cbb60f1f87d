// /auth?langgraph-api=true answers 403 to keys without access to deployments, while all else works
// (langgraph-studio issue 174).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { bareSegments } from '../../routes/bare-path.ts'
import { issue, PUBLIC_REPORT } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { atWeight, theKey } from '../words.ts'
import { LIKELY, POINTED_AT } from '../weights.ts'

export const deploymentAccess: Rule = {
  code: 'deployment-access',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [26],
  seen: '403 `Forbidden` on `/auth?langgraph-api=true`, which LangGraph servers and Studio call at their start, while the normal API works with the same key.',
  means: 'The plan of the organization, or the kind of the key, does not include deployments.',
  remedy: 'Check that the plan includes deployments, and use a key of that organization.',
  sureness: 'Possible; likely once read-only calls show that the key is accepted elsewhere.',
  sources: [issue('langgraph-studio', 174), PUBLIC_REPORT],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const [first, second] = bareSegments(evidence.path)
  if (!saidNoReason(evidence) || first !== 'auth' || (second !== undefined && second !== '')) return undefined
  const probed = standingOf(evidence) === 'accepted'
  const weight = probed ? LIKELY + 10 : POINTED_AT
  return {
    weight,
    summary: atWeight(weight, `the plan or kind of ${theKey(evidence)} does not include deployments.`),
    fix: 'check that the plan of the organization includes deployments, and use a key of that organization',
    probed
  }
}

// /auth?langgraph-api=true answers 403 to keys without access to deployments, while all else works
// (langgraph-studio issue 174).

import type { Cause, Evidence } from '../diagnosis.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey } from '../words.ts'

export function deploymentAccess (evidence: Evidence): Cause | undefined {
  if (!saidNoReason(evidence) || !/^(?:\/api)?(?:\/v1)?\/auth\/?$/.test(evidence.path)) return undefined
  return {
    code: 'deployment-access',
    confidence: 'possible',
    summary: `Possibly the plan or kind of ${theKey(evidence)} does not include deployments.`,
    fix: 'check that the plan of the organization includes deployments, and use a key of that organization'
  }
}

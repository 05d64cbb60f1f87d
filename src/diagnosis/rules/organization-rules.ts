// Switches of an organisation that refuse keys which are otherwise fine: IP allowlist, SSO only, personal keys off. They are in
// LangSmith's OpenAPI; what it answers then is not recorded, so this comes last.

import type { Cause, Evidence } from '../diagnosis.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey } from '../words.ts'

export function organizationRules (evidence: Evidence): Cause | undefined {
  if (!saidNoReason(evidence)) return undefined
  const personal = evidence.route.keyShape.kind === 'personal' ? ', or allows no personal keys' : ''
  return {
    code: 'organization-rules',
    confidence: 'possible',
    summary: `Possibly the organization of ${theKey(evidence)} lets in only certain IP addresses${personal}.`,
    fix: 'ask an admin of the organization whether an IP allowlist or a rule on keys is on, and have the address of this machine added'
  }
}

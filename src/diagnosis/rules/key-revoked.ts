// A key that worked once: deleted, expired, or its owner left. LangSmith's answer to an expired key is not recorded anywhere,
// so this never ranks above "possible". Source of the causes: docs.langchain.com/langsmith/administration-overview.

import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { theKey } from '../words.ts'

const ENDS = {
  personal: 'was deleted, has expired, or belongs to somebody who left the organization',
  service: 'was deleted or has expired',
  legacy: 'was deleted or has expired',
  other: 'was deleted or has expired'
} as const

export function keyRevoked (evidence: Evidence): Cause | undefined {
  const statement = statementOf(evidence)
  // An expired key may be answered with 401 as well as with 403.
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  const { keyShape, secretRef } = evidence.route
  const kind = keyShape.kind === 'personal' ? '; for machines, choose a service key' : ''
  return {
    code: 'key-revoked',
    confidence: 'possible',
    summary: `Possibly ${theKey(evidence)} ${ENDS[keyShape.kind]}.`,
    fix: `look for it at LangSmith → Settings → API Keys; if it is gone or expired, create a new one and store it as ${secretRef}${kind}`
  }
}

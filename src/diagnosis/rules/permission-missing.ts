// The key is known, but its role does not allow this call: a Viewer may not write, an Editor may not delete runs
// (docs.langchain.com/langsmith/organization-workspace-operations).

import type { Cause, Evidence } from '../diagnosis.ts'
import { isWrite, permissionFor } from '../permissions.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey } from '../words.ts'

export function permissionMissing (evidence: Evidence): Cause | undefined {
  if (!saidNoReason(evidence)) return undefined
  const { method, path } = evidence
  const permission = permissionFor(method, path)
  const write = isWrite(method, path)
  const call = write ? 'write here' : 'read this'
  const test = write ? 'try a read, such as GET /api/v1/sessions?limit=1: if that works, ' : ''
  return {
    code: 'permission-missing',
    confidence: 'possible',
    summary: `Possibly the role of ${theKey(evidence)} may not ${call}${permission === undefined ? '' : `: it needs ${permission}`}.`,
    fix: `${test}ask an admin of the workspace for a role with ${permission ?? 'this permission'} and create a key with it`
  }
}

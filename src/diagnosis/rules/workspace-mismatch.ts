// A well-formed workspace ID that the key may not use: of another organisation, or the ID of an organisation or
// project (langsmith-sdk issue 2492; only a bare Forbidden is recorded).

import type { Cause, Evidence } from '../diagnosis.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey, theRoute, workspaceSetting } from '../words.ts'

export function workspaceMismatch (evidence: Evidence): Cause | undefined {
  if (!saidNoReason(evidence) || evidence.route.workspaceId === undefined) return undefined
  return {
    code: 'workspace-mismatch',
    confidence: 'possible',
    summary: `Possibly the workspace of ${theRoute(evidence)} is not open to ${theKey(evidence)}, or the ID is that of an organization or project.`,
    fix: `compare it with LangSmith → Settings → Workspaces, and correct ${workspaceSetting(evidence)}`
  }
}

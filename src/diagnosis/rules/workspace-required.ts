// A service key of the whole organisation must name the workspace on every call (langsmith-sdk PR 1920,
// forum.langchain.com topic 1476). Some parts answer a bare Forbidden to it (langsmith-sdk PR 3412).

import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { sentence, theKey, theRoute, workspaceSetting } from '../words.ts'

export function workspaceRequired (evidence: Evidence): Cause | undefined {
  const code = 'workspace-required'
  const fix = `copy the workspace ID from LangSmith → Settings → Workspaces and set it as ${workspaceSetting(evidence)}`
  const { keyShape, workspaceId } = evidence.route
  const statement = statementOf(evidence)
  if (statement === 'workspace-required') {
    return workspaceId === undefined
      ? {
          code,
          confidence: 'certain',
          summary: `${sentence(theKey(evidence))} is for a whole organization, so ${theRoute(evidence)} has to name a workspace.`,
          fix
        }
      : {
          code,
          confidence: 'likely',
          summary: `LangSmith saw no workspace on ${theRoute(evidence)}, although the proxy sent the one that is set.`,
          fix: 'check that no proxy in between removes X-Tenant-Id'
        }
  }
  const mayBe = keyShape.kind === 'service' && workspaceId === undefined && (statement === 'forbidden' || statement === 'unknown')
  if (!mayBe) return undefined
  return {
    code,
    confidence: 'possible',
    summary: `Possibly ${theKey(evidence)}, a service key, is for a whole organization; then ${theRoute(evidence)} has to name a workspace.`,
    fix
  }
}

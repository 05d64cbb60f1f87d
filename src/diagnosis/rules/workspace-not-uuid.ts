// LangSmith answers 401, not 400, to a workspace ID that is no UUID (forum.langchain.com topic 2524).

import { isUuid } from '../../secrets/id.ts'
import type { Cause, Confidence, Evidence } from '../diagnosis.ts'
import { statementOf, type Statement } from '../statement.ts'
import { theRoute, workspaceSetting } from '../words.ts'

const FIX = 'copy the workspace ID from LangSmith → Settings → Workspaces'

export function workspaceNotUuid (evidence: Evidence): Cause | undefined {
  const { workspaceId } = evidence.route
  const confidence = confidenceOf(statementOf(evidence), workspaceId !== undefined && !isUuid(workspaceId))
  if (confidence === undefined) return undefined
  const code = 'workspace-not-uuid'
  if (workspaceId !== undefined && !isUuid(workspaceId)) {
    return {
      code,
      confidence,
      summary: `The workspace ID of ${theRoute(evidence)} is not a UUID, and LangSmith reads nothing else.`,
      fix: `${FIX} into ${workspaceSetting(evidence)}`
    }
  }
  return {
    code,
    confidence,
    summary: `LangSmith says that an ID sent on ${theRoute(evidence)} is not a UUID: it can be the workspace ID or the organization ID.`,
    fix: `${FIX}, and correct workspaceId and organizationId of credential "${evidence.route.credential}"`
  }
}

function confidenceOf (statement: Statement | undefined, oursIsBad: boolean): Confidence | undefined {
  if (statement === 'header-not-uuid') return oursIsBad ? 'certain' : 'likely'
  if (!oursIsBad) return undefined
  if (statement === 'no-key') return 'likely'
  return statement === 'forbidden' || statement === 'unknown' ? 'possible' : undefined
}

// LangSmith answers 401, not 400, to a workspace ID that is no UUID (forum.langchain.com topic 2524).

import { isUuid } from '../../secrets/id.ts'
import type { Evidence, Rule, Statement, Suspicion } from '../diagnosis.ts'
import { forumTopic } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { theRoute, workspaceSetting } from '../words.ts'
import { CERTAIN, LIKELY, POINTED_AT } from '../weights.ts'

const FIX = 'copy the workspace ID from LangSmith → Settings → Workspaces'

export const workspaceNotUuid: Rule = {
  code: 'workspace-not-uuid',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [5],
  seen: '401 `{"detail":"UUID header value was not a valid UUID"}`.',
  means: 'The workspace ID (or organization ID) that the proxy was told to send is a name, a number, or has quotes.',
  remedy: 'Copy the ID from LangSmith → Settings → Workspaces into `workspaceId` of the credential (without a config file: `LANGSMITH_WORKSPACE_ID`).',
  sureness: 'Certain where LangSmith says so and the workspace ID is no UUID; likely where only one of the two holds; possible for a 403 without a reason.',
  sources: [forumTopic(2524)],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { workspaceId } = evidence.route
  const weight = weightOf(evidence.statement, workspaceId !== undefined && !isUuid(workspaceId))
  if (weight === undefined || standingOf(evidence) === 'accepted') return undefined
  if (workspaceId !== undefined && !isUuid(workspaceId)) {
    return {
      weight,
      summary: `The workspace ID of ${theRoute(evidence)} is not a UUID, and LangSmith reads nothing else.`,
      fix: `${FIX} into ${workspaceSetting(evidence)}`
    }
  }
  return {
    weight,
    summary: `LangSmith says that an ID sent on ${theRoute(evidence)} is not a UUID: it can be the workspace ID or the organization ID.`,
    fix: `${FIX}, and correct workspaceId and organizationId of credential "${evidence.route.credential}"`
  }
}

function weightOf (statement: Statement | undefined, oursIsBad: boolean): number | undefined {
  if (statement === 'header-not-uuid') return oursIsBad ? CERTAIN : LIKELY
  if (!oursIsBad) return undefined
  if (statement === 'no-key') return LIKELY
  return statement === 'forbidden' || statement === 'unknown' ? POINTED_AT + 1 : undefined
}

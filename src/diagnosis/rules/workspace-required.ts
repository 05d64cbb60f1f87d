// A service key of the whole organisation must name the workspace on every call (langsmith-sdk PR 1920,
// forum.langchain.com topic 1476). Sandboxes answer a bare Forbidden to it (langsmith-sdk PR 3412).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { permissionFor } from '../permissions.ts'
import { bareSegments } from '../../routes/bare-path.ts'
import { docsPage, forumTopic, sdkPull } from '../sources.ts'
import { isKnownHere, standingOf, workedAsItIs } from '../standing.ts'
import { atWeight, sentence, theKey, theRoute, workspaceSetting } from '../words.ts'
import { lacks, seenIds, seenWorkspaces } from '../workspaces.ts'
import { BARE, CERTAIN, LIKELY, POINTED_AT, POSSIBLE } from '../weights.ts'

export const workspaceRequired: Rule = {
  code: 'workspace-required',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [11, 12],
  seen: '403 `org_scoped_key_requires_workspace`, or `This API key is org-scoped and requires workspace specification`; a bare `Forbidden` on sandbox calls.',
  means: 'The key is for a whole organization or for several workspaces, and the request names none.',
  remedy: 'Set `workspaceId` of the credential (without a config file: `LANGSMITH_WORKSPACE_ID`); the proxy then sends it with every request, also for clients that cannot (OpenTelemetry exporters).',
  sureness: 'Certain where LangSmith says so, or where read-only calls show that a service key sees several workspaces and has the permission in all of them; likely where that is not told of all, or there is one; possible for a service key without a workspace. Not where calls without a workspace have worked.',
  sources: [sdkPull(1920), sdkPull(3412), forumTopic(1476), docsPage('administration-overview')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { statement, route: { workspaceId } } = evidence
  if (statement !== 'workspace-required' && (workspaceId !== undefined || (statement !== 'forbidden' && statement !== 'unknown'))) return undefined
  const fix = `copy the workspace ID from LangSmith → Settings → Workspaces and set it as ${workspaceSetting(evidence)}${seenIds(evidence)}`
  if (statement === 'workspace-required' && workspaceId !== undefined) {
    return {
      weight: LIKELY,
      summary: `LangSmith saw no workspace on ${theRoute(evidence)}, although the proxy sent the one that is set.`,
      fix: 'check that no proxy in between removes X-Tenant-Id'
    }
  }
  if (statement === 'workspace-required') {
    return { weight: CERTAIN, summary: `${sentence(theKey(evidence))} is for a whole organization, so ${theRoute(evidence)} has to name a workspace.`, fix }
  }
  const probed = standingOf(evidence) === 'known'
  const weight = probed ? provenWeight(evidence) : suspectedWeight(evidence)
  if (weight === undefined) return undefined
  const kind = seenWorkspaces(evidence).length === 1 ? 'has to come with its workspace' : 'is for several workspaces'
  return { weight, summary: `${atWeight(weight, `${theKey(evidence)} ${kind}, and ${theRoute(evidence)} names none`)}.`, fix, probed }
}

function provenWeight (evidence: Evidence): number | undefined {
  if (workedAsItIs(evidence)) return undefined
  const { method, path, route: { keyShape } } = evidence
  const seen = seenWorkspaces(evidence)
  const permission = permissionFor(method, path) ?? 'projects:read'
  // A role that may not read projects is refused the read-only call whatever the workspace.
  const explained = seen.every((workspace) => lacks(workspace, permission) === true || lacks(workspace, 'projects:read') === true)
  if (explained) return undefined
  const suffices = seen.every((workspace) => lacks(workspace, permission) === false && lacks(workspace, 'projects:read') === false)
  if (keyShape.kind !== 'service') return seen.length > 1 ? suffices ? LIKELY : POSSIBLE : undefined // a person has a default workspace
  if (seen.length > 1) return suffices ? CERTAIN : LIKELY - 5
  return suffices ? LIKELY : POSSIBLE - 1
}

function suspectedWeight (evidence: Evidence): number | undefined {
  if (evidence.route.keyShape.kind !== 'service' || isKnownHere(evidence) || standingOf(evidence) === 'refused') return undefined
  return bareSegments(evidence.path).includes('sandboxes') ? POINTED_AT : BARE.noWorkspace
}

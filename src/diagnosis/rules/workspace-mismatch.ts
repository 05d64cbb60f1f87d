// A well-formed workspace ID that the key may not use: of another organisation, or the ID of an organisation or
// project (langsmith-sdk issue 2492; only a bare Forbidden is recorded).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage, sdkIssue } from '../sources.ts'
import { routeThatWorks, standingOf, workedAsItIs, workedBefore } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey, theRoute, workspaceSetting } from '../words.ts'
import { seenIds, seenWorkspaces, workspaceInUse } from '../workspaces.ts'
import { BARE, CERTAIN, LIKELY } from '../weights.ts'

export const workspaceMismatch: Rule = {
  code: 'workspace-mismatch',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [13],
  seen: '403 `Forbidden` with a workspace ID set, while the key is fine elsewhere or without it.',
  means: 'The workspace is not open to the key, was deleted, or the ID is that of an organization or project.',
  remedy: 'Copy the ID from LangSmith → Settings → Workspaces; the message lists the IDs that the key sees.',
  sureness: 'Certain for a minute once LangSmith has told which workspaces the key sees; likely where the key works on this host with another workspace; otherwise possible.',
  sources: [sdkIssue(2492), docsPage('administration-overview')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (!saidNoReason(evidence) || evidence.route.workspaceId === undefined) return undefined
  switch (standingOf(evidence)) {
    case 'accepted': case 'refused': return undefined
    case 'known': return workspaceInUse(evidence) === undefined ? proven(evidence, evidence.route.workspaceId.toLowerCase()) : undefined
    case 'untold': return suspected(evidence)
  }
}

function suspected (evidence: Evidence): Suspicion | undefined {
  if (workedAsItIs(evidence)) return undefined
  const elsewhere = routeThatWorks(evidence)
  if (elsewhere !== undefined && elsewhere.credential === evidence.route.credential) return undefined
  const likely = elsewhere !== undefined || workedBefore(evidence)
  return {
    weight: likely ? LIKELY + 10 : BARE.workspace,
    summary: `${likely ? 'Probably' : 'Possibly'} the workspace of ${theRoute(evidence)} is not open to ${theKey(evidence)}, or the ID is that of an organization or project.`,
    fix: `compare it with LangSmith → Settings → Workspaces, and correct ${workspaceSetting(evidence)}`
  }
}

function proven (evidence: Evidence, id: string): Suspicion {
  const all = evidence.findings?.workspaces.seen ?? []
  const key = theKey(evidence)
  let what = `is not one that ${key} may use`
  if (all.some(({ organizationId }) => organizationId === id)) what = `is the organization's ID, not that of a workspace of ${key}`
  else if (all.some((seen) => seen.id === id)) what = `is that of a deleted workspace of ${key}`
  const [only, ...more] = seenWorkspaces(evidence)
  const where = only !== undefined && more.length === 0 ? `set ${workspaceSetting(evidence)} to ${only.id}` : `correct ${workspaceSetting(evidence)}${seenIds(evidence)}`
  const told = all.length > 0 || evidence.findings?.sessionsWithoutWorkspace === 'accepted'
  return { weight: told ? CERTAIN : LIKELY, summary: `The workspace ID of ${theRoute(evidence)} ${what}.`, fix: where, probed: true }
}

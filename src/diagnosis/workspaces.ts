// The workspaces that a key sees, as read-only calls found them.

import type { Evidence } from './diagnosis.ts'
import type { SeenWorkspace } from './findings.ts'

/** What the workspaces are read from; all evidence has it. */
export interface Seeing {
  readonly findings: Evidence['findings']
  readonly route: Pick<Evidence['route'], 'workspaceId'>
}

/** IDs that a message names at most. */
const MOST_NAMED = 3

export function seenWorkspaces ({ findings }: Pick<Seeing, 'findings'>): readonly SeenWorkspace[] {
  return findings?.workspaces.seen.filter(({ deleted }) => !deleted) ?? []
}

/** The one that is set, or the only one; undefined where it is neither seen nor clear. */
export function workspaceInUse (evidence: Seeing): SeenWorkspace | undefined {
  const seen = seenWorkspaces(evidence)
  const wanted = evidence.route.workspaceId?.toLowerCase()
  if (wanted !== undefined) return seen.find(({ id }) => id === wanted)
  return seen.length === 1 ? seen[0] : undefined
}

/** Where a call can have gone: the workspace in use, or any of those seen where none is set. */
export function workspacesMeant (evidence: Seeing): readonly SeenWorkspace[] {
  const used = workspaceInUse(evidence)
  if (used !== undefined) return [used]
  return evidence.route.workspaceId === undefined ? seenWorkspaces(evidence) : []
}

/**
 * Whether the role lacks a permission. Empty lists count as untold: whether LangSmith fills them for all kinds of
 * keys is not confirmed.
 */
export function lacks ({ permissions }: SeenWorkspace, permission: string): boolean | undefined {
  return permissions === undefined || permissions.length === 0 ? undefined : !permissions.includes(permission)
}

/** `; the key sees ID, ID and 4 more`, without names, which are people's own; empty where it sees none. */
export function seenIds (evidence: Evidence): string {
  const seen = seenWorkspaces(evidence)
  if (seen.length === 0) return ''
  const named = seen.slice(0, MOST_NAMED).map(({ id }) => id).join(', ')
  return `; the key sees ${named}${seen.length > MOST_NAMED ? ` and ${seen.length - MOST_NAMED} more` : ''}`
}

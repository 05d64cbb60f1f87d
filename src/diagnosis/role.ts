// How much speaks for a role that lacks the permission of a call.

import type { Evidence } from './diagnosis.ts'
import { isWrite, permissionFor } from './permissions.ts'
import { isOrdinaryCall, isPlain, pastCalls, routeThatWorks, standingOf, workedBefore } from './standing.ts'
import { lacks, workspacesMeant } from './workspaces.ts'
import { BARE, CERTAIN, LIKELY, POINTED_AT, POSSIBLE } from './weights.ts'

/** What the read-only calls of a round need themselves. */
const TRIED = 'projects:read'

/** As long as LangSmith was not asked: by what this process has seen of the key. */
export function permissionSuspected (evidence: Evidence): number {
  const past = pastCalls(evidence)
  if (past === 'other') return LIKELY + 5
  // One that hardly anybody lacks: if it worked before, the key has changed, not the role.
  if (past === 'same' && isOrdinaryCall(evidence)) return BARE.personalRoleForRead
  if (past === 'same' || workedBefore(evidence) || routeThatWorks(evidence)?.credential === evidence.route.credential) return POINTED_AT
  if (isWrite(evidence.method, evidence.path)) return BARE.roleForWrite
  // A person may nearly always read; a service key is often made for traces alone.
  return evidence.route.keyShape.kind === 'service' ? BARE.serviceRoleForRead : BARE.personalRoleForRead
}

/** Once LangSmith was asked; undefined where that has shown another reason, or that the role is fine. */
export function permissionProven (evidence: Evidence): number | undefined {
  const { method, path } = evidence
  const permission = permissionFor(method, path)
  const standing = standingOf(evidence)
  if (standing === 'refused') return whereAllIsRefused(evidence, permission)
  const meant = workspacesMeant(evidence)
  const missing = permission === undefined || !isOfWorkspace(permission) || meant.length === 0 ? undefined : allLack(evidence, permission)
  if (missing === false) return undefined
  if (missing === true) return isPlain(path) && isTrusted(evidence) ? CERTAIN : LIKELY + 20
  if (standing === 'accepted') return permission === TRIED ? undefined : LIKELY
  return meant.length === 0 && evidence.route.workspaceId !== undefined ? undefined : POSSIBLE
}

/** A key that may only write is refused every read, the read-only calls too; then its past and its kind are all there is. */
function whereAllIsRefused (evidence: Evidence, permission: string | undefined): number | undefined {
  if (!isWrite(evidence.method, evidence.path) && pastCalls(evidence) === 'other') return LIKELY
  return evidence.route.keyShape.kind === 'service' && permission !== 'runs:create' && !workedBefore(evidence) ? POSSIBLE : undefined
}

function allLack (evidence: Evidence, permission: string): boolean | undefined {
  const told = workspacesMeant(evidence).map((workspace) => lacks(workspace, permission))
  if (told.includes(undefined)) return undefined
  return told.every((missing) => missing)
}

/** A list that lacks what has just worked is not the whole list. */
function isTrusted (evidence: Evidence): boolean {
  return standingOf(evidence) !== 'accepted' || workspacesMeant(evidence).some((workspace) => lacks(workspace, TRIED) === false)
}

/** The permissions of an organization are not in a workspace's list. */
function isOfWorkspace (permission: string): boolean {
  return !permission.startsWith('organization:')
}

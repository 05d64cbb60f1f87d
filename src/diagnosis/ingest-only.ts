// A key made for traces alone: LangSmith refuses it every read, also the one that tries keys, and its routes do what
// they are for.

import type { Findings } from './findings.ts'
import type { Credential } from '../secrets/credential.ts'
import { lacks, workspacesMeant } from './workspaces.ts'

/** What is said of such a key where it is tried. */
export const MAY_NOT_LIST = 'it may not list projects (projects:read), as a key for traces alone'

/**
 * Whether a missing `projects:read` explains that LangSmith refused to list projects: it knows the key and the workspace, and either
 * tells that the key may write traces and not list projects, or does not tell what the key may do in the one workspace that can be meant.
 */
export function mayOnlyWrite (findings: Findings, { workspaceId }: Partial<Pick<Credential, 'workspaceId'>>): boolean {
  const { sessions, workspaces, organization: { seen } } = findings
  if (sessions !== 'refused' || workspaces.said !== 'accepted') return false
  if (seen?.tier === 'no_plan' || seen?.disabled === true || seen?.memberDisabled === true) return false
  const meant = workspacesMeant({ findings, route: { workspaceId } })
  const [only, ...more] = meant
  if (only === undefined) return false
  const isUntold = more.length === 0 && lacks(only, 'projects:read') === undefined
  return isUntold || meant.every((workspace) => lacks(workspace, 'projects:read') === true && lacks(workspace, 'runs:create') === false)
}

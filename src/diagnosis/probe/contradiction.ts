// Which successes show that findings do not hold, or not any more. The others leave them in force: whoever may write
// traces may still lack what another call needs.

import type { Findings } from '../findings.ts'
import { lacks, workspacesMeant } from '../workspaces.ts'
import type { Credential } from '../../secrets/credential.ts'

/**
 * Whether a call that LangSmith accepted contradicts findings about the same key.
 *
 * @param permission - What the call needs; undefined where nothing is documented.
 */
export function endsFindings (findings: Findings, { workspaceId }: Pick<Credential, 'workspaceId'>, permission: string | undefined): boolean {
  const meant = workspacesMeant({ findings, route: { workspaceId } })
  const allLack = (name: string): boolean => meant.length > 0 && meant.every((workspace) => lacks(workspace, name) === true)
  if (findings.usage.rejecting && permission === 'runs:create') return true
  if (permission !== undefined && allLack(permission)) return true
  if (findings.sessions !== 'refused') return false
  return permission === 'projects:read' || !allLack('projects:read')
}

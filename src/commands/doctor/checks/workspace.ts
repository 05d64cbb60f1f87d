// Which workspaces a key sees, and whether the configured one is among them. IDs only: names were written by people.

import { fail, ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Findings, SeenWorkspace } from '../../../diagnosis/findings.ts'
import type { Credential } from '../../../secrets/credential.ts'

const MOST_NAMED = 5
const COPY_ID = 'copy the ID from LangSmith → Settings → Workspaces'

/** @param works - The route's call was accepted. */
export function judgeWorkspace ({ workspaces: { said, seen } }: Findings, { workspaceId, shape }: Pick<Credential, 'workspaceId' | 'shape'>, works: boolean): Finding {
  if (said !== 'accepted') return skip('workspace', 'LangSmith did not say which ones the key sees')
  if (workspaceId !== undefined) return judgeConfigured(seen, workspaceId, works)
  const [only, ...more] = seen
  if (only === undefined) return warn('workspace', 'the key sees none', 'ask an admin of the organization to add its owner to a workspace')
  if (more.length === 0) return ok('workspace', `the key sees one: ${only.id}`)
  const which = shape.kind === 'personal' ? 'without workspaceId it acts in the default one of its owner' : 'workspaceId says in which one it acts'
  return ok('workspace', `the key sees ${count(seen)}; ${which}`)
}

function judgeConfigured (seen: readonly SeenWorkspace[], workspaceId: string, works: boolean): Finding {
  const id = workspaceId.toLowerCase()
  const configured = seen.find((workspace) => workspace.id === id)
  const others = seen.filter(({ deleted }) => !deleted)
  const choice = others.length === 0 ? COPY_ID : `the key sees ${count(others)}: set one as workspaceId (without a config file: LANGSMITH_WORKSPACE_ID)`
  if (configured?.deleted === true) return warn('workspace', `${id} was deleted`, choice)
  if (configured !== undefined) return ok('workspace', `${id} is ${seen.length === 1 ? 'the one' : `one of ${seen.length}`} that the key sees`)
  if (works) return ok('workspace', `${id} is accepted, although LangSmith does not list it for this key`)
  const isOrganization = seen.some(({ organizationId }) => organizationId === id)
  return fail('workspace', isOrganization ? `${id} is the ID of the organization, not of a workspace` : `the key does not see ${id}; if it exists, it is not open to this key`, choice)
}

function count (seen: readonly SeenWorkspace[]): string {
  const named = seen.slice(0, MOST_NAMED).map(({ id }) => id).join(', ')
  return `${seen.length} (${named}${seen.length > MOST_NAMED ? ', …' : ''})`
}

// What a key may do in the workspace of its route, read off the list of workspaces: nothing is written to find out.

import { ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Findings, SeenWorkspace } from '../../../diagnosis/findings.ts'
import { mayOnlyWrite } from '../../../diagnosis/ingest-only.ts'
import type { Credential } from '../../../secrets/credential.ts'

const WRITE = 'runs:create'
const LIST = 'projects:read'
const ASK_ROLE = 'ask an admin for a role that has it: Editor or Admin, at LangSmith → Settings'

type Workspaced = Pick<Credential, 'workspaceId'>

export function judgePermissions (findings: Findings, credential: Workspaced): Finding {
  const permissions = permissionsOf(findings, credential)
  if (permissions === undefined) {
    return mayOnlyWrite(findings, credential)
      ? warn('permissions', `the key may not list projects (${LIST}), as one for traces alone; LangSmith did not say whether it may write them`, `send a trace to find out; if tools are to read as well: ${ASK_ROLE}`)
      : skip('permissions', 'LangSmith did not say what the key may do')
  }
  const lacks = (name: string): boolean => !permissions.includes(name)
  if (lacks(WRITE)) return warn('permissions', `the key may not write traces (${WRITE} is missing)`, `if it is meant to: ${ASK_ROLE}`)
  if (lacks(LIST)) return warn('permissions', `the key may write traces, but not list projects (${LIST} is missing)`, `if tools are to read as well: ${ASK_ROLE}`)
  return ok('permissions', `the key may write traces (${WRITE})${lacks('projects:create') ? ', but not create projects (projects:create)' : ''}`)
}

/** In the workspace in use; of several without a choice, those that the key has in all of them. */
function permissionsOf ({ workspaces: { seen } }: Findings, { workspaceId }: Workspaced): readonly string[] | undefined {
  const used = workspaceId === undefined ? seen : seen.filter(({ id }) => id === workspaceId.toLowerCase())
  const [first, ...others] = used.map(({ permissions }: SeenWorkspace) => permissions)
  if (first === undefined || first.length === 0 || others.includes(undefined)) return undefined
  return first.filter((name) => others.every((permissions) => permissions?.includes(name)))
}

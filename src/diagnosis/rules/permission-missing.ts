// The key is known, but its role does not allow this call: a Viewer may not write, an Editor may not delete runs
// (docs.langchain.com/langsmith/organization-workspace-operations).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { isWrite, permissionFor } from '../permissions.ts'
import { docsPage, OPENAPI } from '../sources.ts'
import { saidNoReason } from '../unexplained.ts'
import { atWeight, sentence, theKey } from '../words.ts'
import { permissionProven, permissionSuspected } from '../role.ts'
import { standingOf } from '../standing.ts'
import { CERTAIN, LIKELY } from '../weights.ts'

export const permissionMissing: Rule = {
  code: 'permission-missing',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [14, 16],
  seen: '403 `Forbidden` on some calls while others work: on writes with a Viewer\'s key, on prompts only, on deletes.',
  means: 'LangSmith knows the key, but its role lacks the permission that this call needs, such as `runs:create` for every way of writing a trace.',
  remedy: 'Ask an admin of the workspace (for `organization:` permissions, of the organization) for a role with the permission that the message names. A personal key may do what its owner may, so the role goes to the owner; a service key has its role from its creation, so make a new one.',
  sureness: 'Certain for a minute once LangSmith has listed the permissions of the key and the one needed is not there; likely where the other kind of call (reading, writing) has worked lately; otherwise possible.',
  sources: [docsPage('organization-workspace-operations'), OPENAPI],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (!saidNoReason(evidence)) return undefined
  const { method, path, history } = evidence
  const untold = standingOf(evidence) === 'untold'
  const weight = untold ? permissionSuspected(evidence) : permissionProven(evidence)
  if (weight === undefined) return undefined
  const permission = permissionFor(method, path)
  const write = isWrite(method, path)
  const needs = permission === undefined ? '' : `: it needs ${permission}`
  const test = write && untold && history.readWorked === undefined ? 'try a read, such as GET /api/v1/sessions?limit=1: if that works, ' : ''
  return {
    weight,
    summary: weight === CERTAIN
      ? `${sentence(theKey(evidence))} is valid, but its role lacks ${permission ?? 'the permission for this'}.`
      : `${atWeight(weight, `the role of ${theKey(evidence)} may not ${write ? 'write here' : 'read this'}`)}${needs}.`,
    fix: test + wayToPermission(evidence, permission),
    probed: !untold && weight >= LIKELY
  }
}

/** A personal key has no rights of its own; a service key keeps those it was made with. */
function wayToPermission ({ route: { keyShape } }: Evidence, permission = ''): string {
  const admin = `ask an admin of the ${permission.startsWith('organization:') ? 'organization' : 'workspace'}`
  const role = permission === '' ? 'a role that allows this call' : `a role with ${permission}`
  if (keyShape.kind === 'personal') return `${admin} to give the owner of the key ${role}; a personal key may do what its owner may`
  return `${admin} to create a service key that has ${role}`
}

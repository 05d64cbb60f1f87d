// What LangSmith says to the key of a route. Why it refuses is said by the diagnosis, as everywhere else; here it is only
// put beside the thing that it is about.

import { fail, ok } from '../finding.ts'
import type { CheckName, Finding } from '../finding.ts'
import type { Diagnosis } from '../../../diagnosis/diagnosis.ts'
import type { Findings } from '../../../diagnosis/findings.ts'
import { mayOnlyWrite } from '../../../diagnosis/ingest-only.ts'
import { readSessions } from '../../../diagnosis/probe/read-answers.ts'
import type { Credential } from '../../../secrets/credential.ts'
import type { Asked } from '../../../upstream/ask.ts'

export interface KeyAnswer {
  readonly host: string
  readonly credential: Credential
  /** Of the call that lists one project. */
  readonly asked: Asked
  readonly findings: Findings
  readonly diagnosis: Diagnosis | undefined
}

/** Whether the answer needs a diagnosis. */
export function isAccepted (asked: Asked): boolean {
  return readSessions(asked) === 'accepted'
}

export function judgeKey ({ host, credential, asked, findings, diagnosis }: KeyAnswer): readonly Finding[] {
  if (!asked.answered) return [fail('key', `it could not be asked about the key: ${asked.failure.detail}`, asked.failure.hint ?? 'try again')]
  if (isAccepted(asked)) return [ok('key', `${host} accepts it`)]
  const isKnown = findings.workspaces.said === 'accepted'
  const known = isKnown ? [ok('key', `${host} knows it`)] : []
  if (mayOnlyWrite(findings, credential)) return known // its permissions explain it, and it may be meant
  if (diagnosis === undefined || (diagnosis.causes.length === 0 && !isRefusal(asked.status))) {
    return [fail('key', `${host} answers with status ${asked.status}, which says nothing about the key`, 'try again; if it stays so, look for a login page, a gateway or a firewall on the way')]
  }
  const where = isKnown ? checkOf(diagnosis.code) : 'key'
  const what = isRefusal(asked.status) ? `LangSmith refused the ${where === 'key' ? 'key' : 'call'}` : 'the call failed'
  return [
    ...where === 'key' ? [] : known,
    { ...fail(where, `${what} (${asked.status}, ${diagnosis.code}): ${diagnosis.summary}`), diagnosis }
  ]
}

function isRefusal (status: number): boolean {
  return status === 401 || status === 403
}

/** What a diagnosis of a key that LangSmith knows is about. */
function checkOf (code: string): CheckName {
  if (code.startsWith('workspace-')) return 'workspace'
  if (code === 'permission-missing') return 'permissions'
  return code === 'usage-limit' || code === 'no-plan' ? 'limits' : 'key'
}

/** Where else the key was tried; nothing where it was not. */
export function judgeRegions ({ regions }: Findings): readonly Finding[] {
  const asked = Object.entries(regions)
  if (asked.length === 0) return []
  const words = { accepted: 'accepts the key', refused: 'refuses it', untold: 'could not be asked' } as const
  return [ok('regions', asked.map(([name, said]) => `${name} ${words[said]}`).join(', '))]
}

// One line of the doctor's report. Nothing in it may be a secret; report.ts masks and escapes it once more, because
// certificates and answers are written by others.

import type { Diagnosis } from '../../diagnosis/diagnosis.ts'

/** `fail` = the route cannot work; `skip` = it could not be looked at. */
export type State = 'ok' | 'warn' | 'fail' | 'skip'

/** What is looked at, in this order. */
export type CheckName
  = 'config' | 'environment' | 'files' | 'proxy'
    | 'secret' | 'name' | 'tcp' | 'egress' | 'tls' | 'api' | 'clock' | 'latency' | 'regions' | 'key' | 'workspace' | 'permissions' | 'limits' | 'expiry'

export interface Finding {
  readonly check: CheckName
  readonly state: State
  /** What is so: lower case, no final dot. */
  readonly says: string
  /** An action. */
  readonly fix?: string | undefined
  /** Why LangSmith refused: the same that the log of the proxy would say. */
  readonly diagnosis?: Diagnosis
}

export function ok (check: CheckName, says: string): Finding {
  return { check, state: 'ok', says }
}

export function warn (check: CheckName, says: string, fix?: string): Finding {
  return { check, state: 'warn', says, fix }
}

export function fail (check: CheckName, says: string, fix?: string): Finding {
  return { check, state: 'fail', says, fix }
}

export function skip (check: CheckName, says: string): Finding {
  return { check, state: 'skip', says }
}

// What the diagnosis reports; events.ts has the rest.

import type { Diagnosis } from './diagnosis.ts'
import type { RequestFields } from '../exchange.ts'

/** What every event about an explained answer carries. */
export interface ExplainedFields extends RequestFields {
  readonly region?: string | undefined
  readonly secret_ref: string
  /** Of the key that was sent. */
  readonly fingerprint: string
  readonly status: number
  readonly diagnosis: Diagnosis
}

/** What came with the answer itself. */
export interface AnswerFields {
  readonly upstream_request_id?: string | undefined
  /** At most 512 characters of the upstream's explanation, masked; undefined where it may quote the request's body (400, 422). */
  readonly excerpt?: string | undefined
}

/** LangSmith said 401 or 403. */
export interface RefusalDiagnosed extends ExplainedFields, AnswerFields {
  readonly event: 'refusal.diagnosed'
}

/** What read-only calls found out about a refusal that was diagnosed before. */
export interface RefusalExplained extends ExplainedFields {
  readonly event: 'refusal.explained'
}

/** An answer that is no refusal, but one whose cause is known: a limit, a wrong address, a body too large. */
export interface AnswerDiagnosed extends ExplainedFields, AnswerFields {
  readonly event: 'answer.diagnosed'
}

/** The key of a route was tried at the start (startup.check). */
export interface RouteChecked {
  readonly event: 'route.checked'
  readonly route: string
  readonly credential: string
  readonly region?: string | undefined
  readonly secret_ref: string
  readonly fingerprint: string
  /** `untold`: LangSmith could not be asked, or its answer is not about the key. */
  readonly result: 'accepted' | 'refused' | 'untold'
  /** Of LangSmith's answer. */
  readonly status?: number | undefined
  /** Why it is untold, or what a key that is accepted may not do. */
  readonly reason?: string | undefined
  /** Of a refusal. */
  readonly diagnosis?: Diagnosis | undefined
}

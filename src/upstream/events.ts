// What is reported of the way to the upstream.

import type { HttpErrorCode } from '../errors.ts'
import type { RequestFields } from '../exchange.ts'

/** The upstream could not be reached or broke the protocol. */
export interface UpstreamFailed extends RequestFields {
  readonly event: 'upstream.failed'
  readonly code: HttpErrorCode
  readonly upstream: string
  /** A code such as ECONNREFUSED or CERT_HAS_EXPIRED, never a message. */
  readonly reason: string
  /** What is wrong, as the client is told. */
  readonly detail: string
  readonly hint: string
}

/** A request was sent a second time, because a kept-alive connection turned out to be dead. */
export interface UpstreamRetried extends RequestFields {
  readonly event: 'upstream.retried'
  readonly reason: string
}

/** A redirect to another origin went to the client unchanged; following it loses the key. */
export interface ForeignRedirect extends RequestFields {
  readonly event: 'redirect.foreign'
  /** Host of the target only. */
  readonly target: string
}

export type UpstreamEvent = UpstreamFailed | UpstreamRetried | ForeignRedirect

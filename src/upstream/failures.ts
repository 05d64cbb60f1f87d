// What went wrong on the way to the upstream, in our words. Errors of undici, TLS and DNS can quote
// addresses and header bytes, so they are never shown: only a code of ours and their `code` are.

import { EgressError } from './tunnel.ts'
import type { HttpErrorCode } from '../errors.ts'
import { isOutOfDescriptors, RAISE_LIMIT } from '../guard/descriptors.ts'
import { notReached } from '../not-reached.ts'

export interface Failure {
  readonly code: Extract<HttpErrorCode, 'upstream-unreachable' | 'upstream-tls' | 'upstream-protocol' | 'upstream-timeout' | 'overloaded'>
  /** Machine-readable, from the error: ECONNREFUSED, CERT_HAS_EXPIRED, UND_ERR_SOCKET … */
  readonly reason: string
  /** What is wrong, for the client: no address, no value. */
  readonly detail: string
  readonly hint?: string
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM'
])
const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
/** OpenSSL's and Node's names for certificates that do not verify. */
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|EPROTO$)/

/** OpenSSL's names for an answer that is no TLS at all. */
const PLAIN_ANSWER: ReadonlySet<string> = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'])

/** Our name for ECONNRESET on an open connection (upstream/connections.ts says why). */
export const UPSTREAM_RESET = 'UPSTREAM_RESET'

/** Before the head, these mean that a kept-alive connection turned out to be dead. */
const BROKEN_CONNECTION: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', UPSTREAM_RESET, 'EPIPE'])

/**
 * @param error - Whatever undici's dispatch reported.
 * @param connected - Whether the request was given to a connection; before that nothing of it was sent.
 */
export function failureOf (error: unknown, connected: boolean): Failure {
  const reason = reasonOf(error instanceof EgressError ? error.cause : error)
  if (isOutOfDescriptors(reason)) return { code: 'overloaded', reason, detail: `the proxy has no file descriptor left for a connection (${reason})`, hint: RAISE_LIMIT }
  if (error instanceof EgressError) return egressFailure(error)
  if (TLS.test(reason)) return tlsFailure(error, reason, 'the upstream', 'its address')
  if (TIMEOUTS.has(reason)) return { code: 'upstream-timeout', reason, detail: `the upstream did not answer in time (${reason})` }
  if (!connected || UNREACHABLE.has(reason)) return { code: 'upstream-unreachable', reason, detail: `the upstream ${notReached(reason)}` }
  return { code: 'upstream-protocol', reason, detail: `the upstream broke off or sent a broken answer (${reason})` }
}

const EGRESS = 'the egress proxy (HTTPS_PROXY)'
const GO_DIRECT = 'set egress.proxy: none (LANGSMITH_PROXY_EGRESS_PROXY=none)'

function egressFailure ({ status, cause }: EgressError): Failure {
  if (status !== undefined) {
    return {
      code: 'upstream-unreachable',
      reason: `EGRESS_PROXY_${status}`,
      detail: `${EGRESS} refused to connect to the upstream`,
      hint: status === 407 ? 'put user and password into HTTPS_PROXY' : `ask for access, add the host to NO_PROXY, or ${GO_DIRECT}`
    }
  }
  const reason = reasonOf(cause)
  if (TLS.test(reason)) return tlsFailure(cause, reason, EGRESS, 'the address in HTTPS_PROXY')
  const hint = `check the address in HTTPS_PROXY, or ${GO_DIRECT}`
  if (TIMEOUTS.has(reason)) return { code: 'upstream-timeout', reason, detail: `${EGRESS} did not answer in time (${reason})`, hint }
  return { code: 'upstream-unreachable', reason, detail: `${EGRESS} ${notReached(reason)}`, hint }
}

/** Whether this may be a kept-alive connection that the upstream had closed already. */
export function isBrokenConnection (error: unknown): boolean {
  return BROKEN_CONNECTION.has(reasonOf(error))
}

/** The `code` of an error, of its cause, or of the first attempt that it sums up; else its name. */
export function reasonOf (error: unknown): string {
  const origin = originOf(error)
  if (!(origin instanceof Error)) return 'UNKNOWN'
  return 'code' in origin && typeof origin.code === 'string' ? origin.code : origin.name
}

function originOf (error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return originOf(error.errors[0])
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  // undici wraps what a connector reported; the cause is nearer to the truth
  if (error instanceof Error && error.cause instanceof Error && (code === undefined || code === 'UND_ERR_ABORTED')) return originOf(error.cause)
  return error
}

function tlsFailure (error: unknown, reason: string, who: string, address: string): Failure {
  if (isPlainAnswer(error, reason)) {
    return { code: 'upstream-tls', reason, detail: `${who} does not speak TLS there (${reason}); nothing was sent`, hint: `should ${address} start with http:// ?` }
  }
  return { code: 'upstream-tls', reason, detail: `the certificate of ${who} could not be verified (${reason}); nothing was sent`, ...tlsHint(reason) }
}

// What OpenSSL makes of an answer in plain text; some versions of Node have EPROTO for it, and the name in the message only.
function isPlainAnswer (error: unknown, reason: string): boolean {
  if (PLAIN_ANSWER.has(reason)) return true
  const origin = originOf(error)
  return reason === 'EPROTO' && origin instanceof Error && /wrong version number|packet length too long/i.test(origin.message)
}

function tlsHint (reason: string): { hint?: string } {
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return { hint: 'check the clock of this machine; if it is right, the certificate of the upstream is not valid now' }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { hint: 'the certificate is for another name; check the host of the route' }
    default:
      return {}
  }
}

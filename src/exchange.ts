// What is known about one request while it is on its way. The guard makes it, each stage adds what it
// found out, observe/ reads it when the answer is out. It holds no secret and no header value.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { HttpErrorCode } from './errors.ts'

/** Why the proxy itself says no. Nothing of the request is quoted in it. */
export interface Denial {
  readonly code: HttpErrorCode
  /** What is wrong: lower case, no final dot. */
  readonly detail: string
  /** Replaces the hint of the code's table entry. */
  readonly hint?: string | undefined
  /** Replaces the detail in our log: what the caller is not to know. */
  readonly logged?: string | undefined
  /** Seconds to wait; replaces the usual time of the code. */
  readonly retryAfter?: number | undefined
}

/** Who made the answer. */
export type Source = 'upstream' | 'proxy'

/** What every event about a request carries. */
export interface RequestFields {
  /** Ours; a client's X-Request-Id is not trusted. */
  readonly reqId: string
  readonly method: string
  /** Without query, control characters escaped, cut at 200 characters. */
  readonly path: string
  /** Prefix of the route; undefined where none was reached. */
  readonly route?: string | undefined
  readonly credential?: string | undefined
  /** Name of the client, where it showed a client key. */
  readonly client?: string | undefined
}

/** Where a request comes from. */
export interface Caller {
  /** IPv4 or IPv6, in the usual spelling; undefined on a Unix socket, and for a connection that is closed. */
  readonly address: string | undefined
  /** A trusted proxy passed it on, so where its connection comes from tells nothing of the caller. */
  readonly isForwarded: boolean
}

export interface Exchange {
  /** Ours, unique in this process. */
  readonly id: string
  /** performance.now() when the head had arrived. */
  readonly startedAt: number
  readonly method: string
  /** The request target as it came: path and query, byte for byte. */
  readonly target: string
  /** Bytes of the body, as the head announces them (RFC 9112, section 6.3); Infinity for chunks. */
  readonly bodyLength: number
  readonly caller: Caller
  /** Name of the client whose key it showed. */
  client: string | undefined
  route: string | undefined
  credential: string | undefined
  /** Of the key that went upstream: which version of the credential it is. */
  fingerprint: string | undefined
  source: Source
  /** Milliseconds that it waited for its turn (pacing). */
  waited: number | undefined
  /** Set where the proxy itself said no. */
  denial: Denial | undefined
  /** performance.now() at the dispatch, and when the head of the upstream's answer had come. */
  dispatchedAt: number | undefined
  headAt: number | undefined
  bytesIn: number
  bytesOut: number
  /** Names of the query pairs that were cut out. */
  queryRemoved: readonly string[] | undefined
  /** The upstream answered with a web page. */
  isPage: boolean
  /** Why the answer was cut, where it was. */
  cut: { readonly by: 'client' | 'upstream' | 'proxy', readonly reason: string } | undefined
}

const SHOWN_PATH_LENGTH = 200
const NOBODY: Caller = { address: undefined, isForwarded: false }

/** Starts the record of one request. */
export function startExchange (id: string, request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>, caller: Caller = NOBODY): Exchange {
  return {
    id, method: request.method ?? '', target: request.url ?? '', bodyLength: announcedLength(request.headers), caller,
    startedAt: performance.now(),
    client: undefined, route: undefined, credential: undefined, fingerprint: undefined, source: 'proxy', waited: undefined, denial: undefined,
    dispatchedAt: undefined, headAt: undefined, bytesIn: 0, bytesOut: 0,
    queryRemoved: undefined, isPage: false, cut: undefined
  }
}

function announcedLength (headers: IncomingHttpHeaders): number {
  return headers['transfer-encoding'] !== undefined ? Infinity : Number(headers['content-length'] ?? 0)
}

/** The path for logs: without query, everything but printable ASCII escaped, cut at 200 characters. */
export function shownPath (target: string): string {
  const query = target.indexOf('?')
  const path = (query === -1 ? target : target.slice(0, query)).slice(0, SHOWN_PATH_LENGTH)
  return path.replace(/[^\x21-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** The fields that every event about a request carries. */
export function requestFields (exchange: Exchange): RequestFields {
  return {
    reqId: exchange.id,
    method: exchange.method,
    path: shownPath(exchange.target),
    route: exchange.route,
    credential: exchange.credential,
    client: exchange.client
  }
}

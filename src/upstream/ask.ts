// One read-only call of the proxy's own, with a credential, on the way that the route's requests take: same host,
// same verified TLS, same way out. Never with anything of a client's request.

import type { Dispatcher } from 'undici'
import { decodeCopy, MAX_COPY } from './decode.ts'
import { readRawHeaders } from './answer-head.ts'
import { failureOf } from './failures.ts'
import type { Failure } from './failures.ts'
import { HOP_HEADER } from '../guard/head.ts'
import type { Credential } from '../secrets/credential.ts'
import { upstreamPath } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'
import { swapHeaders } from '../swap/request-headers.ts'

/** For the whole call, in milliseconds. */
export const ASK_MS = 2000

/** Whom to ask. */
export interface AskedHost {
  readonly route: Pick<Route, 'prefix' | 'upstream'>
  /** Leads to that upstream and to no other. */
  readonly connection: Dispatcher
  /** Of this process, so that a proxy that meets its own call knows it. */
  readonly hopId: string
}

/** A call of docs/langsmith-api.md, section 6. */
export interface Call {
  /** As the API documents it: starts with /api/v1, without query. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
  /** Bytes of the body that are read and decoded; 64 KiB if left out. */
  readonly mostBytes?: number
}

export type Asked
  = | {
    readonly answered: true
    readonly status: number
    /** Flat list of names and values, Latin-1. */
    readonly headers: readonly string[]
    /** Decoded, perhaps cut. */
    readonly body: Buffer
    /** From the call to the head of the answer, in milliseconds. */
    readonly ms: number
  }
  | { readonly answered: false, readonly failure: Failure }

/**
 * Sends one GET; takes two seconds at most and never rejects.
 *
 * @param credential - Undefined for what is public: then no key leaves.
 * @param ending - Ends the call at once.
 */
export async function ask (host: AskedHost, credential: Credential | undefined, call: Call, ending?: AbortSignal): Promise<Asked> {
  const { route, connection } = host
  const tooLate = AbortSignal.timeout(ASK_MS)
  const signal = ending === undefined ? tooLate : AbortSignal.any([tooLate, ending])
  const path = upstreamPath(route, (route.prefix === '/' ? '' : route.prefix) + call.path) + call.query
  const startedAt = performance.now()
  try {
    const answer = await connection.request({ origin: route.upstream.origin, path, method: 'GET', headers: headersFor(host, credential), signal, responseHeaders: 'raw' })
    const ms = Math.round(performance.now() - startedAt)
    const headers = readRawHeaders(answer.headers)
    const most = call.mostBytes ?? MAX_COPY
    const body = await decodeCopy(await beginningOf(answer.body, most), headerOf(headers, 'content-encoding'), most)
    return { answered: true, status: answer.statusCode, headers, body, ms }
  } catch (error) {
    if (tooLate.aborted) return { answered: false, failure: { code: 'upstream-timeout', reason: 'PROBE_TIMEOUT', detail: `no answer within ${ASK_MS / 1000} seconds` } }
    return { answered: false, failure: failureOf(error, true) }
  }
}

function headersFor ({ route, hopId }: AskedHost, credential: Credential | undefined): string[] {
  const plain = ['accept', 'application/json', 'user-agent', 'langsmith-proxy']
  if (credential === undefined) return ['host', route.upstream.host, ...plain, HOP_HEADER, hopId]
  return swapHeaders(route, credential, plain, hopId).headers
}

/** The first header of this name, which is what a reader of the answer would take. @param name - Lower case. */
export function headerOf (headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name)
  return at === -1 ? undefined : headers[at + 1]
}

async function beginningOf (body: Dispatcher.ResponseData['body'], most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size >= most) break // leaving the loop ends the answer
  }
  return Buffer.concat(pieces)
}

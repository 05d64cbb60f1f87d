// Refuses messages whose length two parsers could read differently (request smuggling). Node's parser
// refuses most of them before we see them; this is the rest.

import type { Head } from './head.ts'
import type { Denial } from '../exchange.ts'

// Node's parser also takes 0.9 and 2.0, which have no such head.
const VERSIONS: ReadonlySet<string> = new Set(['1.0', '1.1'])

/** @param httpVersion - As node:http has it, e.g. `1.1`. */
export function judgeFraming (head: Pick<Head, 'contentLength' | 'transferEncoding'>, httpVersion: string): Denial | undefined {
  const { contentLength, transferEncoding } = head
  if (!VERSIONS.has(httpVersion)) return { code: 'request-ambiguous', detail: 'the request is neither HTTP/1.1 nor HTTP/1.0' }
  if (contentLength.length > 1 || contentLength.some((value) => !/^[0-9]+$/.test(value))) {
    return { code: 'request-ambiguous', detail: 'the request has more than one Content-Length, or one that is not a number' }
  }
  if (transferEncoding.length === 0) return undefined
  const plain = transferEncoding.length === 1 && transferEncoding[0]?.toLowerCase() === 'chunked'
  if (!plain || contentLength.length > 0 || httpVersion !== '1.1') {
    return { code: 'request-ambiguous', detail: 'the Transfer-Encoding is not a lone "chunked" of HTTP/1.1' }
  }
  return undefined
}

/** @param limit - Bytes; undefined for none. A chunked body is counted while it streams (upstream/request-body.ts). */
export function judgeLength (contentLength: string | undefined, limit: number | undefined): Denial | undefined {
  if (limit === undefined || contentLength === undefined || Number(contentLength) <= limit) return undefined
  return { code: 'body-too-large', detail: 'the request body is larger than listen.bodyLimit' }
}

// The answers that the proxy makes itself: problem JSON (RFC 9457) with a marker header, so that
// nobody takes them for LangSmith's. The code also stands in the reason phrase, which wget and many
// SDKs print and nothing else. Nothing of the request is quoted, so nothing can be reflected.

import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HTTP_ERRORS } from './errors.ts'
import type { HttpErrorCode } from './errors.ts'
import type { Denial, Exchange } from './exchange.ts'
import { METHODS } from './guard/methods.ts'

/** On every response: `upstream`, or `proxy; code=…`. */
export const MARKER_HEADER = 'x-langsmith-proxy'
/** On refusals: the code of the first cause. */
export const DIAGNOSIS_HEADER = 'x-langsmith-proxy-diagnosis'

/** Statuses that pass in seconds; SDKs wait this long before they try again. */
const RETRY_AFTER_SECONDS: Partial<Record<HttpErrorCode, number>> = {
  'credential-unavailable': 5, 'internal-error': 5, overloaded: 1, draining: 1, 'rate-limited': 1, 'budget-spent': 1
}

export interface Answer {
  readonly status: number
  readonly reason: string
  /** Flat list of names and values. */
  readonly headers: readonly string[]
  readonly body: string
}

/**
 * The proxy's own answer to a request that it denies.
 *
 * @param close - End the connection after the answer: for requests whose body was not read.
 */
export function answerFor ({ code, detail, hint, retryAfter = RETRY_AFTER_SECONDS[code] }: Denial, requestId: string, close = false): Answer {
  const { status, hint: usualHint } = HTTP_ERRORS[code]
  const body = `${JSON.stringify({
    title: STATUS_CODES[status], status, code, detail, hint: hint ?? usualHint, requestId
  })}\n`
  const headers = [
    'content-type', 'application/problem+json',
    'content-length', String(Buffer.byteLength(body)),
    MARKER_HEADER, `proxy; code=${code}`,
    'x-content-type-options', 'nosniff',
    'cache-control', 'no-store'
  ]
  if (retryAfter !== undefined) headers.push('retry-after', String(retryAfter))
  if (status === 401) headers.push('www-authenticate', 'Bearer', 'www-authenticate', 'Basic realm="langsmith-proxy", charset="UTF-8"')
  if (status === 405) headers.push('allow', METHODS.join(', ')) // RFC 9110, section 15.5.6
  if (close) headers.push('connection', 'close')
  return { status, reason: reasonPhrase(status, code), headers, body }
}

/** `403 Forbidden (langsmith-proxy: CODE)` without the number. */
export function reasonPhrase (status: number, code: string): string {
  return `${STATUS_CODES[status] ?? 'Refused'} (langsmith-proxy: ${code})`
}

/** The same answer as bytes, for a connection on which no request could be parsed. */
export function serialized (answer: Answer): string {
  const lines = [`HTTP/1.1 ${answer.status} ${answer.reason}`]
  for (let i = 0; i < answer.headers.length; i += 2) lines.push(`${answer.headers[i] ?? ''}: ${answer.headers[i + 1] ?? ''}`)
  return `${lines.join('\r\n')}\r\n\r\n${answer.body}`
}

/** After an ambiguous request nobody can say where the next one begins. */
const CLOSING: ReadonlySet<HttpErrorCode> = new Set(['request-ambiguous', 'draining'])

/** How long and how much of an unwanted body is read away, so that the client gets to see the answer. */
const LINGER_MS = 2000
const LINGER_BYTES = 1024 * 1024

/**
 * Answers with the proxy's own no, and notes it in the request's record. A body that nobody will read is
 * read away for a moment before the connection closes: closing at once would reset it, and a reset can
 * destroy the answer on its way.
 */
export function sendDenial (request: IncomingMessage, response: ServerResponse, exchange: Exchange, denial: Denial): void {
  const unread = !request.complete && exchange.bodyLength > 0
  const answer = answerFor(denial, exchange.id, unread || CLOSING.has(denial.code))
  exchange.denial = denial
  exchange.source = 'proxy'
  exchange.bytesOut = Buffer.byteLength(answer.body)
  response.writeHead(answer.status, answer.reason, [...answer.headers])
  if (unread) {
    response.write(answer.body)
    endUnread(request, response)
  } else {
    response.end(answer.body)
  }
}

/**
 * Ends an answer that came before the whole body of its request: reads on for a moment first. The answer
 * must have `Connection: close`.
 */
export function endUnread (request: IncomingMessage, response: ServerResponse): void {
  let left = LINGER_BYTES
  const finish = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(finish, LINGER_MS)
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) finish()
  })
  request.once('end', finish).once('close', finish).resume()
}

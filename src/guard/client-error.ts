// Bytes that are not HTTP, a head that is too large or too slow: Node's parser gives up before there is
// a request. The connection gets a clear answer of ours, unless it would land in an answer that is under
// way; then it is closed.

import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endConnection, resetConnection } from './bare-socket.ts'
import { MAX_HEAD_BYTES } from './limits.ts'
import { handshakeDenial } from './tls/handshake-error.ts'
import { answerFor, serialized } from '../answer.ts'
import type { Denial } from '../exchange.ts'

/**
 * Answers on a connection whose bytes could not be parsed.
 *
 * @param error - What node:http gives to a `clientError` listener.
 * @param open - The answers under way on this connection, from trackAnswers().
 * @returns What was answered, or why TLS failed; undefined where there was nobody left to answer, or an answer was under way.
 */
export function answerClientError (
  error: NodeJS.ErrnoException, socket: Duplex, requestId: string, open: readonly ServerResponse[]
): Denial | undefined {
  const failedTls = handshakeDenial(error)
  if (failedTls !== undefined || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return failedTls
  }
  if (!open.every(isAnswerable)) {
    if (open.some(hasNoEnd)) resetConnection(socket)
    else endConnection(socket)
    return undefined
  }
  const denial = isTls(error) ? TLS_HERE : denialOf(error.code)
  endConnection(socket, serialized(answerFor(denial, requestId, true)))
  return denial
}

/** The client closed its side in the middle of a request: it counts as gone, as after a whole one. */
export function hasEnded ({ code }: NodeJS.ErrnoException): boolean {
  return code === 'HPE_INVALID_EOF_STATE'
}

// The request itself broke off, before anything was answered.
function isAnswerable (answer: ServerResponse): boolean {
  return !answer.headersSent && !answer.req.complete
}

// Answers of HTTP/1.1 have a length or chunks; in HTTP/1.0 only a reset tells a cut from an end.
function hasNoEnd (answer: ServerResponse): boolean {
  return !answer.writableEnded && answer.req.httpVersion === '1.0'
}

const TLS_HERE: Denial = { code: 'request-ambiguous', detail: 'this is TLS, but the proxy speaks plain http', hint: 'use http:// instead of https:// in the address' }

// node:http gives the bytes that it could not read; a TLS connection begins with a handshake record.
function isTls (error: NodeJS.ErrnoException): boolean {
  return 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) && error.rawPacket[0] === 0x16
}

function denialOf (code: string | undefined): Denial {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { code: 'headers-too-large', detail: `the head of the request is larger than ${MAX_HEAD_BYTES / 1024} KiB` }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'request-timeout', detail: 'the head of the request did not arrive in time' }
    case 'HPE_INVALID_EOF_STATE':
      return { code: 'request-ambiguous', detail: 'the connection ended in the middle of a request' }
    case 'HPE_INVALID_URL':
      return { code: 'request-ambiguous', detail: 'the request target has characters that must be percent-encoded' }
    default:
      return { code: 'request-ambiguous', detail: 'these bytes are not a well-formed HTTP/1.1 request' }
  }
}

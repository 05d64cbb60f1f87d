// Requests that node:http treats in its own way before a router sees them.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endConnection, resetConnection } from './bare-socket.ts'
import type { OpenAnswers } from './open-answers.ts'
import { answerFor, serialized } from '../answer.ts'
import type { Denial } from '../exchange.ts'

const NO_TUNNEL: Denial = { code: 'method-not-allowed', detail: 'this is not a forward proxy' }

/**
 * Makes CONNECT a clear 405 and an unknown Expect an ordinary request. Behind answers that are not out yet, 405
 * would be taken for one of them or for a part of it, and Node lets go of the connection: then it is cut.
 *
 * @param onDenial - Hears of every denied CONNECT.
 */
export function handleServerEvents (server: Server, requestId: string, openAnswers: OpenAnswers, onDenial: (denial: Denial) => void): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => { socket.destroy() })
    if (openAnswers(socket).length === 0) endConnection(socket, serialized(answerFor(NO_TUNNEL, requestId, true)))
    else resetConnection(socket) // a plain end would let an answer of HTTP/1.0 look complete
    onDenial(NO_TUNNEL)
  })
  // RFC 9110, section 10.1.1: 417 is allowed, not required; Expect never goes upstream.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => { server.emit('request', request, response) })
}

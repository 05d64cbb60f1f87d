// Requests that node:http treats in its own way before a router sees them.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endConnection } from './bare-socket.ts'
import { answerFor, serialized } from '../answer.ts'
import type { Denial } from '../exchange.ts'

const NO_TUNNEL: Denial = { code: 'method-not-allowed', detail: 'this is not a forward proxy' }

/**
 * Makes CONNECT a clear 405 and an unknown Expect an ordinary request.
 *
 * @param onDenial - Hears of every denied CONNECT.
 */
export function handleServerEvents (server: Server, requestId: string, onDenial: (denial: Denial) => void): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => { socket.destroy() })
    endConnection(socket, serialized(answerFor(NO_TUNNEL, requestId, true)))
    onDenial(NO_TUNNEL)
  })
  // RFC 9110, section 10.1.1: 417 is allowed, not required; Expect never goes upstream.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => { server.emit('request', request, response) })
}

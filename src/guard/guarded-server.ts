// The HTTP server of the main listener, with all that is watched on its connections before a request has a record of its
// own: their number, their order, bytes that are no HTTP, clients that do not read.

import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { resetConnection } from './bare-socket.ts'
import { answerClientError, hasEnded } from './client-error.ts'
import { limitConnections } from './connections.ts'
import type { Connections } from './connections.ts'
import { watchDescriptors } from './descriptors.ts'
import { createHttpServer } from './http-server.ts'
import type { HttpServer } from './http-server.ts'
import { spareUnread } from './idle-connections.ts'
import { trackAnswers } from './open-answers.ts'
import type { IsSameMachine } from './same-machine.ts'
import { handleServerEvents } from './server-events.ts'
import { cutStalledReaders } from './stalled-readers.ts'
import type { KeyPair } from './tls/key-pair.ts'
import { takeTurns } from './turns.ts'
import { withoutMapping } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { HTTP_ERRORS } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Denial } from '../exchange.ts'

export interface GuardedServerOptions {
  readonly hopId: string
  /** Asked anew each time, because a reload may change them. */
  readonly config: () => Pick<Config, 'listen' | 'timeouts'>
  /** Certificate and key; undefined for plain http. */
  readonly pair: KeyPair | undefined
  readonly handle: RequestListener
  readonly isSameMachine: IsSameMachine
  /** Whether an address is that of a trusted proxy. */
  readonly isTrustedProxy: (address: string) => boolean
  /** Hears why the client of an answer is about to be cut. */
  readonly blame: (response: ServerResponse, reason: string) => void
  readonly emit: Emit
}

export interface GuardedServer extends HttpServer {
  readonly connections: Connections
  /** Cuts all connections. It does not stop listening. */
  readonly cut: () => void
}

/** Makes the server; it does not listen yet. */
export function createGuardedServer ({ hopId, config, pair, handle, isSameMachine, isTrustedProxy, blame, emit }: GuardedServerOptions): GuardedServer {
  const { server, use } = createHttpServer(config().timeouts.clientIdle, (request, response) => { turns.take(request, response) }, pair)
  const openAnswers = trackAnswers(server)
  /** Reports the denial of what never became a request with a record of its own; `?` where not even the method is known. */
  const onDenial = (method: string, { code, detail, hint }: Denial): void => {
    const { status, hint: usualHint } = HTTP_ERRORS[code]
    emit({ event: 'request.denied', reqId: hopId, method, path: '?', code, status, detail, hint: hint ?? usualHint })
  }
  const blameAll = (socket: Duplex, reason: string): void => { for (const response of openAnswers(socket)) blame(response, reason) }
  const turns = takeTurns({
    openAnswers, handle,
    most: () => config().listen.maxInFlight,
    onTooMany: (socket) => { blameAll(socket, 'CLIENT_PIPELINED') }
  })
  server.on('clientError', (error, socket) => {
    const refuse = (): void => {
      const denial = answerClientError(error, socket, hopId, openAnswers(socket))
      if (denial !== undefined) onDenial('?', denial)
    }
    if (hasEnded(error)) refuse() // the client has left: nobody waits for the answers before
    else turns.afterWhole(socket, refuse)
  })
  handleServerEvents(server, hopId, openAnswers, (denial) => { onDenial('CONNECT', denial) })
  watchDescriptors(server, emit)
  const isShared = (socket: Socket): boolean => isSameMachine(socket) || isTrustedProxy(withoutMapping(socket.remoteAddress ?? ''))
  const connections = limitConnections(server, () => config().listen, isShared, (denial) => { onDenial('?', denial) })
  spareUnread(server, connections.open, openAnswers)
  const readers = cutStalledReaders(connections.open, () => config().timeouts.idle, (socket) => { blameAll(socket, 'CLIENT_STALLED') })

  function cut (): void {
    readers.stop()
    for (const socket of connections.open) {
      if (openAnswers(socket).some(({ req, headersSent }) => headersSent && req.httpVersion === '1.0')) resetConnection(socket) // a plain end would let it look complete
    }
    server.closeAllConnections()
    for (const socket of connections.handshakes) socket.destroy()
  }

  return { server, use, connections, cut }
}

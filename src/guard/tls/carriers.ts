// Which TCP connection carries a TLS one. Node hands out both and does not say which belong together, but they have
// the same two ends. It matters where the connection itself is meant: how many are open, and a reset.

import { Server as SecureServer } from 'node:https'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

const CARRIERS = new WeakMap<object, Socket>()

/** The TCP connection under a TLS one; undefined for any other. */
export function carrierOf (socket: object): Socket | undefined {
  return CARRIERS.get(socket)
}

export function speaksTls (server: Server): boolean {
  return server instanceof SecureServer
}

/**
 * Follows the handshakes of a server that speaks TLS.
 *
 * @param onSecured - Hears of each that has succeeded.
 */
export function followHandshakes (server: Server, onSecured: (socket: Socket, carrier: Socket) => void): void {
  const byEnds = new Map<string, Socket>()

  server.on('connection', (carrier: Socket) => {
    const ends = endsOf(carrier)
    byEnds.set(ends, carrier)
    carrier.once('close', () => { if (byEnds.get(ends) === carrier) byEnds.delete(ends) })
  })

  server.on('secureConnection', (socket: Socket) => {
    const carrier = byEnds.get(endsOf(socket))
    if (carrier === undefined) { // the other side has gone, and with it its address
      socket.destroy()
      return
    }
    CARRIERS.set(socket, carrier)
    onSecured(socket, carrier)
  })
}

function endsOf ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''} ${localAddress ?? ''} ${localPort ?? ''}`
}

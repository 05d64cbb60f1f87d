// How many connections may be open, in all and from one address. One more than that still gets an answer:
// 503, or a health page, and then it is closed. A client that only saw a reset would not know what to change.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { overLimit } from './limits.ts'
import { carrierOf, followHandshakes, speaksTls } from './tls/carriers.ts'
import { withoutMapping } from '../config/addresses.ts'
import type { Denial } from '../exchange.ts'

export interface ConnectionLimits {
  readonly maxConnections: number
  /** This machine is not counted by address: it is one for all of its programs, users and port forwards, and none on a Unix socket. Nor is a trusted proxy. */
  readonly maxConnectionsPerAddress: number
}

export interface Connections {
  /** All that requests can come on, those over a limit included; live. */
  readonly open: ReadonlySet<Socket>
  /** Those that have not got through their TLS handshake yet; live. */
  readonly handshakes: ReadonlySet<Socket>
  /** Why this connection is one too many. */
  readonly judge: (socket: Socket) => Denial | undefined
}

/** Connections over a limit that wait for their answer at once; more are closed without one. */
const MAX_REFUSED = 100
/** How long one of them has to ask and to read; longer than an unread body is read away (answer.ts). */
const REFUSED_MS = 3000

/**
 * Counts the connections of a server from now on.
 *
 * @param limits - Asked anew for each connection, because a reload may change them.
 * @param isShared - The address of a connection stands for many callers, so it is not counted by address.
 * @param onUnanswered - Hears of each one that was closed without an answer.
 */
export function limitConnections (server: Server, limits: () => ConnectionLimits, isShared: (socket: Socket) => boolean, onUnanswered: (denial: Denial) => void): Connections {
  const isTls = speaksTls(server)
  const open = new Set<Socket>()
  const handshakes = new Set<Socket>()
  /** By their TCP connection. */
  const secured = new Map<Socket, Socket>()
  const refused = new Map<Socket, Denial>()
  const byAddress = new Map<string, number>()

  function judgeNew (socket: Socket, address: string): Denial | undefined {
    const { maxConnections, maxConnectionsPerAddress } = limits()
    if (open.size + handshakes.size - refused.size >= maxConnections) return overLimit('too many connections are open', 'listen.maxConnections')
    if (isShared(socket) || (byAddress.get(address) ?? 0) < maxConnectionsPerAddress) return undefined
    return overLimit('too many connections of this address are open', 'listen.maxConnectionsPerAddress')
  }

  function count (address: string, change: 1 | -1): void {
    const connections = (byAddress.get(address) ?? 0) + change
    if (connections === 0) byAddress.delete(address)
    else byAddress.set(address, connections)
  }

  function refuse (socket: Socket, denial: Denial): void {
    const timer = setTimeout(() => { socket.destroy() }, REFUSED_MS)
    refused.set(socket, denial)
    socket.once('close', () => {
      clearTimeout(timer)
      refused.delete(socket)
      if ((secured.get(socket) ?? socket).bytesWritten === 0) onUnanswered(denial)
      forget(socket)
    })
  }

  function forget (socket: Socket): void {
    open.delete(secured.get(socket) ?? socket)
    handshakes.delete(socket)
    secured.delete(socket)
  }

  server.on('connection', (socket: Socket) => {
    const address = withoutMapping(socket.remoteAddress ?? '')
    const denial = judgeNew(socket, address)
    if (denial !== undefined && refused.size >= MAX_REFUSED) {
      socket.destroy()
      onUnanswered(denial)
      return
    }
    if (isTls) handshakes.add(socket)
    else open.add(socket)
    if (denial !== undefined) {
      refuse(socket, denial)
      return
    }
    count(address, 1)
    socket.once('close', () => {
      forget(socket)
      count(address, -1)
    })
  })

  if (isTls) {
    followHandshakes(server, (socket, carrier) => {
      if (!handshakes.delete(carrier)) return // closed meanwhile
      secured.set(carrier, socket)
      open.add(socket)
    })
  }

  return { open, handshakes, judge: (socket) => refused.get(carrierOf(socket) ?? socket) }
}

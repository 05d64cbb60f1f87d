// Ends connections that node:http has handed over or given up on: nobody else closes those.

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { carrierOf } from './tls/carriers.ts'

/** How long the other side has to read the last bytes and to close. */
const LINGER_MS = 1000

/** Writes the last bytes, then lets go of the connection even if the other side never does. */
export function endConnection (socket: Duplex, lastBytes = ''): void {
  const timer = setTimeout(() => { socket.destroy() }, LINGER_MS)
  socket.once('close', () => { clearTimeout(timer) })
  socket.end(lastBytes)
}

/** Ends a connection so that nobody takes it for the end of an answer: with a reset of TCP, below TLS, too. A Unix socket has none. */
export function resetConnection (socket: Duplex): void {
  const carrier = carrierOf(socket) ?? socket
  if (carrier instanceof Socket && carrier.remoteFamily !== undefined) carrier.resetAndDestroy() // it throws on what is no TCP
  socket.destroy()
}

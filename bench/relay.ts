// A way to an upstream that is as long as the one to LangSmith: 20 ms each way. The kernel completes a TCP connection at
// once, so its first bytes are held for one round trip more.

import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds. */
const ONE_WAY_MS = 20
const ROUND_TRIP_MS = 2 * ONE_WAY_MS

export interface Relay {
  readonly port: number
  readonly close: () => Promise<void>
}

/** @param to - A port of 127.0.0.1. */
export async function startRelay (to: number): Promise<Relay> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const connectedAt = performance.now() + ROUND_TRIP_MS
    forward(client, upstream, connectedAt)
    forward(upstream, client, connectedAt)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.once('close', () => { open.delete(socket) })
    }
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    port: (server.address() as AddressInfo).port,
    async close () {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
    }
  }
}

// One after the other: timers that are due at about the same time need not keep their order.
function forward (from: Socket, to: Socket, connectedAt: number): void {
  let last = Promise.resolve()
  const later = (act: () => void): void => {
    const due = Math.max(performance.now(), connectedAt) + ONE_WAY_MS
    last = last.then(() => pause(Math.max(0, due - performance.now()))).then(act)
  }
  from.on('data', (piece: Buffer) => { later(() => { if (to.writable) to.write(piece) }) })
  from.once('end', () => { later(() => { if (to.writable) to.end() }) })
  from.on('error', () => {}) // 'close' follows
  from.once('close', () => { later(() => { to.destroySoon() }) })
}

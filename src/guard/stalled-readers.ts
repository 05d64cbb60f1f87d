// Cuts clients that stopped reading their answer. Each would hold a request of LangSmith's open, and
// megabytes in the kernel, for as long as it likes. A stream with nothing to say is never cut: only bytes
// that wait count, and any that are taken start the time anew.

import type { Socket } from 'node:net'
import { resetConnection } from './bare-socket.ts'

/** How often the connections are looked at. */
const SWEEP_MS = 1000

/**
 * Watches connections until stop().
 *
 * @param open - All open connections; live.
 * @param limit - Milliseconds without a byte taken.
 * @param onStalled - Hears of a connection before it is cut.
 */
export function cutStalledReaders (open: ReadonlySet<Socket>, limit: () => number, onStalled: (socket: Socket) => void): { stop: () => void } {
  const waiting = new WeakMap<Socket, { readonly taken: number, readonly since: number }>()

  function look (socket: Socket, now: number): void {
    if (socket.writableLength === 0) {
      waiting.delete(socket)
      return
    }
    const taken = socket.bytesWritten - socket.writableLength // bytesWritten counts what waits, too
    const before = waiting.get(socket)
    if (before?.taken !== taken) {
      waiting.set(socket, { taken, since: now })
    } else if (now - before.since >= limit()) {
      onStalled(socket)
      resetConnection(socket) // a plain end would let an answer of HTTP/1.0 look complete, and leaves the kernel's copy to wait
    }
  }

  const timer = setInterval(() => {
    const now = performance.now()
    for (const socket of open) look(socket, now)
  }, SWEEP_MS).unref()
  return { stop: () => { clearInterval(timer) } }
}

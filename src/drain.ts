// A clean end: no new connections, what is under way finishes, what is left at the deadline is cut.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ExchangeWatch } from './observe/exchanges.ts'

/** Ends connections that never sent a byte; Node does not count them as idle. */
export function closeSilent (open: ReadonlySet<Socket>): void {
  for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
}

/**
 * Waits until no request is under way, and closes connections as they become idle.
 *
 * @param deadline - Milliseconds.
 * @param signal - Ends the wait at once.
 * @returns How many requests were still under way.
 */
export function finishRequests (server: Server, exchanges: ExchangeWatch, deadline: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const check = (): void => {
      server.closeIdleConnections()
      if (exchanges.inFlight() === 0) finish()
    }
    const finish = (): void => {
      clearTimeout(timer)
      resolve(exchanges.inFlight())
    }
    const timer = setTimeout(finish, deadline)
    signal.addEventListener('abort', finish, { once: true })
    exchanges.onEnd(() => { setImmediate(check) })
    check()
  })
}

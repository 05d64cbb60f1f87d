// A clean end: no new connections, what is under way finishes, what is left at the deadline is cut.

import type { Server } from 'node:http'
import type { Connections } from './guard/connections.ts'
import type { ExchangeWatch } from './observe/exchanges.ts'

/** Ends connections that never sent a byte of a request; Node does not count them as idle. */
export function closeSilent ({ open, handshakes }: Pick<Connections, 'open' | 'handshakes'>): void {
  for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  for (const socket of handshakes) socket.destroy()
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

/** Waits this many milliseconds, or until the signal. */
export function pause (ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve() }, { once: true })
  })
}

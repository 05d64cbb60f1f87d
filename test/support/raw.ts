// Bytes on a socket, with no HTTP client in between that would refuse or tidy what a test sends.

import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface RawAnswer {
  /** Everything that came, Latin-1. */
  readonly text: string
  readonly status: number
  /** The connection was reset instead of closed. */
  readonly reset: boolean
}

/**
 * Sends bytes and collects what comes back until the other side closes or is silent.
 *
 * @param bytes - Latin-1 text, or pieces to send one after another.
 * @param silence - Milliseconds without a byte after which the answer is taken as complete.
 */
export function sendRaw (port: number, bytes: string | readonly string[], silence = 300): Promise<RawAnswer> {
  return exchangeBytes(connect({ port, host: '127.0.0.1' }), 'connect', bytes, silence)
}

/** The same on a socket that connects, and is ready when it says so. */
export function exchangeBytes (socket: Socket, ready: 'connect' | 'secureConnect', bytes: string | readonly string[], silence: number): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = ''
    let reset = false
    const finish = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, reset, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0) })
    }
    const timer = setTimeout(finish, silence)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      timer.refresh()
    })
    socket.once('error', (error: NodeJS.ErrnoException) => { reset = error.code === 'ECONNRESET' })
    socket.once('close', finish)
    socket.once(ready, () => {
      for (const piece of typeof bytes === 'string' ? [bytes] : bytes) socket.write(piece, 'latin1')
    })
  })
}

/** A request with the usual head; `lines` come after Host. */
export function rawRequest (method: string, target: string, lines: readonly string[] = [], body = ''): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', body].join('\r\n')
}

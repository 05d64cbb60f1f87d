// Clients that read streams of events, on bare sockets: they must cost less than what they measure.

import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface EventStreams {
  /** Events that have come so far. */
  readonly events: () => number
  /** Streams that have ended or failed. */
  readonly lost: () => number
  readonly close: () => void
}

const PATIENCE_MS = 10_000
const EVENT = Buffer.from('event: data')
/** Connections that are being opened at a time. */
const AT_ONCE = 50

/**
 * Opens streams, some at a time, until each has got its first event.
 *
 * @throws Error that says how many came about, after 10 seconds.
 */
export async function openStreams (port: number, path: string, count: number): Promise<EventStreams> {
  const sockets: Socket[] = []
  const started = new Set<Socket>()
  let events = 0
  let lost = 0
  let wake = (): void => {}
  const close = (): void => { for (const socket of sockets) socket.destroy() }

  const late = AbortSignal.timeout(PATIENCE_MS)
  late.addEventListener('abort', () => { wake() })
  const open = (): void => {
    const socket = connect({ port, host: '127.0.0.1' })
    sockets.push(socket)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`)
    socket.on('data', (piece: Buffer) => {
      const found = countOf(piece)
      events += found
      if (found === 0 || started.has(socket)) return
      started.add(socket)
      if (sockets.length < count) open()
      wake()
    })
    socket.on('error', () => {}) // 'close' follows
    socket.once('close', () => { lost++; wake() })
  }
  for (let at = 0; at < Math.min(AT_ONCE, count); at++) open()
  while (started.size < count && lost === 0 && !late.aborted) await new Promise<void>((resolve) => { wake = resolve })
  if (started.size < count) {
    close()
    throw new Error(`only ${started.size} of ${count} streams came about`)
  }
  return { events: () => events, lost: () => lost, close }
}

// An event in two pieces is not counted; they are small enough to come whole.
function countOf (piece: Buffer): number {
  let count = 0
  for (let at = piece.indexOf(EVENT); at >= 0; at = piece.indexOf(EVENT, at + EVENT.length)) count++
  return count
}

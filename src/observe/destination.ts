// Where log lines go. Writing never blocks a request: lines wait in bounded memory, and when that is
// full (a blocked pipe, a full disk) they are dropped and counted. Not pino.destination(): that one
// takes no line ever again once its memory is full, drops lines uncounted after EPIPE, and waits
// without end for a full disk when the process exits.

import { write as writeTo } from 'node:fs'

export interface Destination {
  write: (line: string) => void
  /** Lines dropped so far. */
  lost: () => number
  /** Calls back with the number of lines dropped since the last call, once all that waited is written. */
  onRecovery: (listener: (lines: number) => void) => void
  /** Calls back with the system's code when writing begins to fail, as on a full disk. A pipe that is full for the moment is no failure. */
  onFailure: (listener: (code: string) => void) => void
  /** Hands over what waits, for at most this long, and tries no more; what is left then is lost. @returns Whether nothing was left. */
  close: (maxMs: number) => Promise<boolean>
}

/** Bytes that may wait. */
const MAX_WAITING = 1024 * 1024
/** Between two writes; what is logged meanwhile goes out in one, because a write costs far more than a line. */
const GATHER_MS = 10
/** Before the next try: on a pipe that is full for the moment, and after a failure (full disk, reader gone). */
const FULL_PIPE_MS = 50
const FAILURE_MS = 1000

const EMPTY = Buffer.alloc(0)
const LINE_BREAK = 0x0a

/** @param fd - File descriptor: 2 for stderr. A pipe must be non-blocking. */
export function openDestination (fd: number): Destination {
  let waiting: string[] = []
  let waitingBytes = 0
  /** What is left of the piece that is being written. */
  let piece: Buffer = EMPTY
  let busy = false
  let closed = false
  let lost = 0
  let told = 0
  let pause: NodeJS.Timeout | undefined
  let recovered: (lines: number) => void = () => {}
  let failed: (code: string) => void = () => {}
  let failing = false
  let emptied: () => void = () => {}

  function writeNext (): void {
    if (piece.length === 0) {
      piece = Buffer.from(waiting.join(''))
      waiting = []
    }
    busy = piece.length > 0
    if (busy) writeTo(fd, piece, onWritten)
    else onEmpty()
  }

  function onWritten (error: NodeJS.ErrnoException | null, written: number): void {
    if (closed) return
    if (error !== null) {
      pause = setTimeout(writeNext, error.code === 'EAGAIN' ? FULL_PIPE_MS : FAILURE_MS).unref()
      if (error.code !== 'EAGAIN') onFailed(error.code ?? 'unknown error')
      return
    }
    failing = false
    piece = piece.subarray(written)
    waitingBytes -= written
    if (piece.length === 0 && waiting.length > 0) pause = setTimeout(writeNext, GATHER_MS).unref()
    else writeNext()
  }

  function onFailed (code: string): void {
    if (failing) return
    failing = true
    failed(code)
  }

  function onEmpty (): void {
    if (lost > told) {
      const lines = lost - told
      told = lost
      recovered(lines)
    }
    if (!busy) emptied() // the listener may have written a line
  }

  return {
    write (line) {
      const bytes = Buffer.byteLength(line)
      if (closed || waitingBytes + bytes > MAX_WAITING) {
        lost++
        return
      }
      waiting.push(line)
      waitingBytes += bytes
      if (busy) return
      busy = true
      setImmediate(writeNext) // with all lines of this turn of the event loop
    },
    lost: () => lost,
    onRecovery (listener) { recovered = listener },
    onFailure (listener) { failed = listener },
    close: (maxMs) => new Promise((resolve) => {
      const finish = (): void => {
        closed = true
        clearTimeout(timer)
        clearTimeout(pause)
        const left = waiting.length + piece.filter((byte) => byte === LINE_BREAK).length
        lost += left
        resolve(left === 0)
      }
      const timer = setTimeout(finish, maxMs)
      emptied = finish
      if (!busy) finish()
    })
  }
}

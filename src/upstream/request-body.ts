// The client's body on its way up: the same bytes, with backpressure, and a life of its own. undici
// destroys a body when an exchange ends early; were that the request itself, the client's connection
// would go with it, and the answer too.

import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { noteBodyBytes } from './free-buffers.ts'
import type { Exchange } from '../exchange.ts'

/** Why a body did not arrive whole. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly code: 'CLIENT_LEFT' | 'CLIENT_STALLED' | 'BODY_TOO_LARGE'

  constructor (code: BodyError['code']) {
    super(code)
    this.code = code
  }
}

export interface BodyLimits {
  /** Milliseconds between two pieces. */
  readonly idle: number
  /** Bytes; undefined for no limit. */
  readonly size: number | undefined
}

/**
 * The body of a request that came whole with its head, as small ones do: one piece costs far less than a stream.
 *
 * @returns undefined if there is more to come.
 */
export function takeWhole (request: IncomingMessage, exchange: Exchange): Buffer | undefined {
  if (request.readableLength !== exchange.bodyLength) return undefined
  exchange.bytesIn = exchange.bodyLength
  noteBodyBytes(exchange.bytesIn, exchange.bytesIn)
  return request.read() as Buffer
}

export class RequestBody extends Readable {
  readonly #request: IncomingMessage
  readonly #idleTimer: NodeJS.Timeout

  /**
   * @param exchange - Its bytesIn is counted up.
   */
  constructor (request: IncomingMessage, exchange: Exchange, limits: BodyLimits) {
    super()
    this.#request = request
    const judge = (): void => {
      if (request.isPaused()) this.#idleTimer.refresh() // the upstream is slow, not the client
      else this.destroy(new BodyError('CLIENT_STALLED'))
    }
    this.#idleTimer = setTimeout(() => {
      const { bytesIn } = exchange
      setImmediate(() => { // where this process was busy, what has arrived is read first
        if (exchange.bytesIn === bytesIn && !this.destroyed && !request.complete) judge()
      })
    }, limits.idle)
    request.on('data', (chunk: Buffer) => {
      if (this.destroyed) return // the rest of a body that nobody wants is read away
      this.#idleTimer.refresh()
      exchange.bytesIn += chunk.length
      noteBodyBytes(chunk.length, exchange.bytesIn)
      if (limits.size !== undefined && exchange.bytesIn > limits.size) this.destroy(new BodyError('BODY_TOO_LARGE'))
      else if (!this.push(chunk)) request.pause()
    })
    request.once('end', () => {
      clearTimeout(this.#idleTimer) // all is here; how long the upstream takes is not the client's fault
      if (!this.destroyed) this.push(null)
    })
    request.once('close', () => { if (!request.complete) this.destroy(new BodyError('CLIENT_LEFT')) })
    request.pause()
    // undici listens while the exchange lasts; a client that leaves after it must not end the process.
    this.on('error', () => {})
  }

  override _read (): void {
    if (this.#request.isPaused()) this.#idleTimer.refresh() // the client has its whole time from here on
    this.#request.resume()
  }

  override _destroy (error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idleTimer)
    if (!this.#request.complete) this.#request.resume()
    done(error)
  }
}

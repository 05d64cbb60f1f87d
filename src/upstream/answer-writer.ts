// The client's side of a relay. The head waits a moment: a small answer then goes out in one write, and a
// refusal with its diagnosis. An answer that breaks off ends in a way that nobody can mistake for its end.

import { STATUS_CODES } from 'node:http'
import { noteBodyBytes } from './free-buffers.ts'
import type { RelayContext } from './relay-context.ts'
import { DIAGNOSIS_HEADER, endUnread, MARKER_HEADER, reasonPhrase } from '../answer.ts'
import { resetConnection } from '../guard/bare-socket.ts'

const EMPTY = Buffer.alloc(0)
/** An answer this small goes out in one write, head included; Node does that for strings only. */
const ONE_WRITE_BYTES = 16 * 1024

type Context = Pick<RelayContext, 'exchange' | 'request' | 'response'>

export class AnswerWriter {
  readonly #context: Context
  #status = 0
  #headers: readonly string[] = []
  /** Pieces that wait with the head; undefined before there is one, and once it is out. */
  #held: Buffer[] | undefined

  constructor (context: Context) {
    this.#context = context
  }

  /** The head is there and not out yet. */
  get isWaiting (): boolean {
    return this.#held !== undefined
  }

  /** @param headers - Flat list of names and values. */
  begin (status: number, headers: readonly string[]): void {
    this.#status = status
    this.#headers = headers
    this.#held = []
  }

  /** Takes the next piece of the body. @returns Whether there is room for more. */
  push (piece: Buffer): boolean {
    if (this.#held === undefined) return this.#write(piece)
    this.#held.push(piece)
    return true
  }

  /** @param diagnosis - The code of a refusal's first cause. */
  sendHead (diagnosis?: string): void {
    const { response, exchange } = this.#context
    const held = this.#held ?? []
    if (response.destroyed) return
    this.#held = undefined
    this.#writeHead(diagnosis)
    for (const piece of held) this.#write(piece)
    // A stream's head must not wait for its first piece, which may be minutes away. An empty buffer
    // writes it as Latin-1, as it came; flushHeaders() would write it as UTF-8.
    setImmediate(() => { if (exchange.bytesOut === 0 && !response.writableEnded && !response.destroyed) response.write(EMPTY) })
  }

  /** @param rest - Of the body; may be empty. */
  end (rest: Buffer, diagnosis?: string): void {
    const { request, response } = this.#context
    if (rest.length > 0) this.push(rest)
    if (this.#held === undefined || !request.complete || response.destroyed) {
      if (this.#held !== undefined) this.sendHead(diagnosis)
      if (request.complete) response.end()
      else endUnread(request, response)
      return
    }
    const pieces = this.#held
    this.#held = undefined
    this.#writeHead(diagnosis)
    // All answers of a turn of the event loop go out at its end: who waits for several of them is woken once, and not for each.
    setImmediate(() => {
      // A connection that broke in this turn tells its answer later; what is written to it would count as sent.
      if (!response.destroyed && response.socket?.writable !== false) this.#endTogether(pieces)
    })
  }

  /** Head and pieces in one write. */
  #endTogether (pieces: readonly Buffer[]): void {
    const { response, exchange } = this.#context
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (length <= ONE_WRITE_BYTES) {
      exchange.bytesOut += length
      response.end(pieces.map((piece) => piece.toString('latin1')).join(''), 'latin1')
      return
    }
    response.socket?.cork() // until end(): uncopied
    for (const piece of pieces) this.#write(piece)
    response.end()
  }

  /** Breaks the answer off. */
  cut (diagnosis?: string): void {
    if (this.#held !== undefined) this.sendHead(diagnosis)
    setImmediate(() => { this.#break() }) // only then is what was written on its way
  }

  /** Not even to a client of HTTP/1.0 does it look complete. */
  #break (): void {
    const { response } = this.#context
    const isCounted = this.#headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
    // Without chunks and length only a reset tells a cut from an end.
    if (!isCounted && !response.chunkedEncoding && response.socket !== null) resetConnection(response.socket)
    response.destroy()
  }

  #writeHead (diagnosis: string | undefined): void {
    const { request, response } = this.#context
    const headers = [...this.#headers, MARKER_HEADER, 'upstream']
    if (diagnosis !== undefined) headers.push(DIAGNOSIS_HEADER, diagnosis)
    // An answer before the whole body was read: the rest of the body must not be taken for a request.
    if (!request.complete) headers.push('connection', 'close')
    const reason = diagnosis === undefined ? STATUS_CODES[this.#status] ?? '' : reasonPhrase(this.#status, diagnosis)
    response.writeHead(this.#status, reason, headers)
  }

  #write (piece: Buffer): boolean {
    if (piece.length === 0) return true
    const { exchange, response } = this.#context
    exchange.bytesOut += piece.length
    noteBodyBytes(piece.length, exchange.bytesOut)
    return response.write(piece)
  }
}

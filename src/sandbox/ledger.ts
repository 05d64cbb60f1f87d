// Writes down every request that arrives, exactly as it arrived, so that tests can say what an
// upstream received. Bodies are counted and hashed while they pass, not kept.

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { SandboxRegion } from './world.ts'

/** One request as it came in. */
export interface ReceivedRequest {
  readonly region: SandboxRegion
  readonly method: string
  /** The raw request target. */
  readonly url: string
  /** Name, value, name, value …, in the order and spelling of the caller. */
  readonly rawHeaders: readonly string[]
  /** Bytes of the body so far, without the framing. */
  readonly bodyBytes: number
  /** Of these bytes, in hex; the hash of nothing until the body was read or broke off. */
  readonly bodySha256: string
  /** Whether the body arrived to its end. */
  readonly complete: boolean
}

type Entry = { -readonly [Field in keyof ReceivedRequest]: ReceivedRequest[Field] }

const SHA256_OF_NOTHING = createHash('sha256').digest('hex')

/** The last requests of a sandbox, oldest first. */
export class Ledger {
  /** Live: grows while requests come in. */
  readonly requests: readonly ReceivedRequest[]
  readonly #entries: Entry[] = []
  readonly #entryOf = new WeakMap<IncomingMessage, Entry>()
  readonly #limit: number

  /**
   * @param limit - How many requests are remembered.
   */
  constructor (limit = 1000) {
    this.#limit = limit
    this.requests = this.#entries
  }

  /**
   * Writes down a request whose head has arrived.
   *
   * @param region - Where it arrived.
   * @param message - Before anything has rewritten its URL.
   */
  open (region: SandboxRegion, message: IncomingMessage): void {
    const { method = '', url = '', rawHeaders } = message
    const entry = { region, method, url, rawHeaders: [...rawHeaders], bodyBytes: 0, bodySha256: SHA256_OF_NOTHING, complete: false }
    this.#entryOf.set(message, entry)
    this.#entries.push(entry)
    if (this.#entries.length > this.#limit) this.#entries.shift()
  }

  /**
   * The body of a request, chunk by chunk, at the pace of the reader.
   *
   * @param message - A request that was opened here, and that nobody has read yet.
   * @throws Error `aborted` when the caller leaves before the end.
   */
  async* read (message: IncomingMessage): AsyncGenerator<Buffer> {
    const entry = this.entry(message)
    const hash = createHash('sha256')
    try {
      for await (const chunk of message as AsyncIterable<Buffer>) {
        hash.update(chunk)
        entry.bodyBytes += chunk.length
        yield chunk
      }
      entry.complete = true
    } finally {
      entry.bodySha256 = hash.digest('hex')
    }
  }

  /**
   * What is known of a request.
   *
   * @param message - A request that was opened here.
   * @throws Error when it was not: a defect of the sandbox.
   */
  entry (message: IncomingMessage): Entry {
    const entry = this.#entryOf.get(message)
    if (entry === undefined) throw new Error('this request was not opened in the ledger')
    return entry
  }
}

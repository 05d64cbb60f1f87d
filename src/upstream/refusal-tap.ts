// Keeps the beginning of a refused answer, so that it can be explained. The head waits for that
// explanation, but never long: until the body ends, 4 KiB have come, or 250 ms have passed.

import { decodeCopy, MAX_COPY } from './decode.ts'
import type { Exchange } from '../exchange.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'

/** One answer with 401 or 403, as far as it was kept. */
export interface Refused {
  readonly status: number
  readonly method: string
  /** The path that was forwarded, without query. */
  readonly path: string
  /** The upstream's headers, flat, Latin-1. */
  readonly headers: readonly string[]
  /** Decoded, at most 64 KiB, perhaps cut. */
  readonly body: Buffer
  /** Names of the credentials that were removed from the request. */
  readonly removed: readonly string[]
  /** Values of the request that must not be shown if the answer quotes them. */
  readonly privateValues: readonly string[]
  readonly route: Route
  /** The version that the request carried. */
  readonly credential: Credential
  readonly exchange: Exchange
}

/** Explains a refusal, reports it, and gives the code for header and reason phrase. */
export type ExplainRefusal = (refused: Refused) => string

/** For the header while the explanation is not there yet. */
export const UNDETERMINED = 'undetermined'
export const HOLD_MS = 250
export const HOLD_BYTES = 4096

const REFUSALS: ReadonlySet<number> = new Set([401, 403])

export function isRefusal (status: number): boolean {
  return REFUSALS.has(status)
}

export class RefusalTap {
  readonly #refused: Omit<Refused, 'body'>
  readonly #pieces: Buffer[] = []
  #size = 0

  constructor (refused: Omit<Refused, 'body'>) {
    this.#refused = refused
  }

  /** Bytes kept so far. */
  get size (): number {
    return this.#size
  }

  add (chunk: Buffer): void {
    if (this.#size >= MAX_COPY) return
    this.#pieces.push(chunk)
    this.#size += chunk.length
  }

  /** The whole picture; call it when the answer has ended or broken off. */
  async finish (): Promise<Refused> {
    const { headers } = this.#refused
    const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-encoding')
    const body = await decodeCopy(Buffer.concat(this.#pieces), at === -1 ? undefined : headers[at + 1])
    return { ...this.#refused, body }
  }
}

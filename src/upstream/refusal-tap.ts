// Keeps the beginning of an answer, so that it can be explained. The head of a refusal waits for that
// explanation, but never long: until the body ends, 4 KiB have come, or 250 ms have passed. Other answers never wait for theirs
// to end, only for the end of the turn of the event loop that they came in.

import { headerOf } from './ask.ts'
import { decodeCopy, MAX_COPY } from './decode.ts'
import type { Exchange } from '../exchange.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'

/** One answer with 401 or 403, or another that may need explaining, as far as it was kept. */
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
  /** The client's User-Agent. */
  readonly client: string | undefined
  /** Values of the request that must not be shown if the answer quotes them. */
  readonly privateValues: readonly string[]
  readonly route: Route
  /** The version that the request carried. */
  readonly credential: Credential
  readonly exchange: Exchange
}

/** Explains an answer, reports it, and gives the code for header and reason phrase. */
export type ExplainRefusal = (refused: Refused) => string

/** For the header while the explanation is not there yet. */
export const UNDETERMINED = 'undetermined'
export const HOLD_MS = 250
export const HOLD_BYTES = 4096

const REFUSALS: ReadonlySet<number> = new Set([401, 403])

/** Those that tell their cause by themselves, whoever wrote the answer. */
const PLAIN: ReadonlySet<number> = new Set([407, 413, 429])

/** Those for which docs/langsmith-api.md, section 4.3, knows a cause. */
const OTHERS: ReadonlySet<number> = new Set([400, 404, 405, 407, 409, 413, 422, 429])

export function isRefusal (status: number): boolean {
  return REFUSALS.has(status)
}

/** Whether an answer is a web page. @param headers - The upstream's, flat. */
export function isPage (headers: readonly string[]): boolean {
  return typeOf(headers).startsWith('text/html')
}

function typeOf (headers: readonly string[]): string {
  return (headerOf(headers, 'content-type') ?? '').trim().toLowerCase()
}

/**
 * Whether an answer that is no refusal may have a cause worth telling: an error whose causes are known, or a page where
 * data is due, as the UI's host or a login in between would send it; not a page that was asked for, nor a stream of events.
 *
 * @param headers - The upstream's, flat.
 * @param accept - The client's Accept header.
 */
export function mayNeedExplaining (status: number, headers: readonly string[], accept: string | undefined): boolean {
  const isKnown = OTHERS.has(status)
  if (!isKnown && (status >= 500 || (status >= 300 && status < 400))) return false
  if (typeOf(headers).startsWith('text/event-stream')) return false
  if (!isPage(headers)) return isKnown
  return accept?.toLowerCase().includes('text/html') === true ? PLAIN.has(status) : true
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

  /** More would not be kept. */
  get isFull (): boolean {
    return this.#size >= MAX_COPY
  }

  add (chunk: Buffer): void {
    if (this.isFull) return
    this.#pieces.push(chunk)
    this.#size += chunk.length
  }

  /** The whole picture, later where the body is encoded; call it when the answer has ended or broken off, or nothing more is kept. */
  finish (): Refused | Promise<Refused> {
    const encoding = headerOf(this.#refused.headers, 'content-encoding')
    const raw = Buffer.concat(this.#pieces)
    return encoding === undefined ? this.#with(raw.subarray(0, MAX_COPY)) : decodeCopy(raw, encoding).then((body) => this.#with(body))
  }

  #with (body: Buffer): Refused {
    const { status, method, path, headers, removed, client, privateValues, route, credential, exchange } = this.#refused
    return { status, method, path, headers, body, removed, client, privateValues, route, credential, exchange }
  }
}

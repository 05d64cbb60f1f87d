// What a relay works with: one exchange, its two sides, and whom to tell.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refused, RefusalTap } from './refusal-tap.ts'
import type { Exchange } from '../exchange.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'
import type { KeyMask } from '../swap/key-mask.ts'

export interface RelayContext {
  readonly exchange: Exchange
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly route: Route
  /** The version that the request carries, and how keys of this credential are recognised in the answer. */
  readonly credential: Credential
  readonly keyMask: KeyMask
  /** Explains an answer, reports it, and calls `done` with the code for the client: before it returns, unless the answer is encoded. */
  readonly explain: (tap: RefusalTap, done: (code: string) => void) => void
  /** Of the request, for the diagnosis: what a Refused has besides the answer. */
  readonly asked: () => Pick<Refused, 'method' | 'path' | 'removed' | 'client' | 'privateValues'>
  /** The answer is a redirect to another host. */
  readonly onForeignRedirect: (host: string) => void
  /** The upstream wants fewer requests. @param retryAfter - Seconds, where it has told. */
  readonly onTooMany: (retryAfter: number | undefined) => void
  /** No head came; nothing has been sent to the client. */
  readonly onFailure: (error: unknown, connected: boolean) => void
}

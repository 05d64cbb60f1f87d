// What a case of the suite is: bytes in, what must reach the upstream, what must come back. Cases are
// data, so the same table judges us and every other program.

import type { Message } from './message.ts'

/**
 * One thing that a side does, in order: a text is sent as Latin-1 bytes; `pause` waits milliseconds;
 * `received` waits until this side has got that text, `arrived` until the other end has; `already` complains
 * if the other end has not got it by now; `held` sends a text, and complains if the other end never stopped
 * taking it for a while; for `act` see below.
 */
export type Step = string | { readonly pause: number } | { readonly received: string } | { readonly arrived: string } | { readonly already: string } | { readonly held: string } | Act

export interface Act { readonly act: 'message' | 'fin' | 'reset' | 'stop' | 'resume' | 'until-held' }

/** Waits for the next whole message. */
export const MESSAGE: Act = { act: 'message' }
/** Ends the sending side. */
export const FIN: Act = { act: 'fin' }
export const RESET: Act = { act: 'reset' }
/** Stops and resumes reading. */
export const STOP_READING: Act = { act: 'stop' }
export const RESUME_READING: Act = { act: 'resume' }
/** Waits until the other end has seen that what it sends (`held`) is not taken. */
export const OTHER_IS_HELD: Act = { act: 'until-held' }

/** Where the routes of the suite lead. `down` refuses connections; nobody should ever talk to `impostor`, `expired` and `misnamed`. */
export type PlaceName = 'main' | 'eu' | 'tls' | 'impostor' | 'expired' | 'misnamed' | 'down'

/** A request as it must reach an upstream. */
export interface Reached {
  /** `main` by default. */
  readonly place?: PlaceName
  /** The request line. */
  readonly line: string
  readonly body?: string
  /** Header lines that must be there with these values; see `exact`. */
  readonly has?: readonly string[]
  /** `has` counts letter for letter and in this order; else names in any case, in order within a name only (RFC 9110, 5.1 and 5.3). Always so for us. */
  readonly exact?: true
  /** Header names that must not be there, or whole lines `name: value`; in lower case. */
  readonly lacks?: readonly string[]
  /** Exactly these lines after a chunked body; no matter by default. */
  readonly trailers?: readonly string[]
  /** It must not look complete, and its connection must end. */
  readonly cut?: true
}

/** An answer as it must come back. */
export interface Answered {
  readonly status: number | readonly number[]
  /** Of an answer that the proxy makes itself; other programs have no codes. */
  readonly code?: string
  /** A page of this proxy's own. */
  readonly own?: true
  readonly body?: string
  readonly has?: readonly string[]
  readonly exact?: true
  readonly lacks?: readonly string[]
  /** An answer to HEAD. */
  readonly toHead?: true
  /** It must be seen to be broken off. */
  readonly cut?: true
}

/** One way in which a case may end well. */
export interface Outcome {
  readonly reaches: readonly Reached[]
  /** The answers in order, 1xx left out; 'a refusal' is any own answer from 400 on, or a close without one. */
  readonly answers: readonly Answered[] | 'a refusal'
  /** What becomes of the client's connection; no matter by default. */
  readonly then?: 'open' | 'closed'
  /** The upstream's connection must be closed, though the upstream did not close it. */
  readonly letsGo?: true
  /** Text that may not come back, in any case of letters. */
  readonly withholds?: string
  /** Not only plain HTTP/1.1 flows: what the steps wait for is all there is to judge. */
  readonly raw?: true
}

export interface Case {
  /** What must be so, as a sentence; unique. */
  readonly name: string
  /** Promise of SECURITY.md that it belongs to, such as P3. */
  readonly promise: string
  /** What the client does. */
  readonly send: string | readonly Step[]
  /** What the upstream does once the head of the nth request is there; it answers 200 `ok` by default. */
  readonly upstream?: readonly Step[] | ((nth: number, request: Message) => readonly Step[])
  /** Outcomes that are right; the first one is ours where `ours` is not set. */
  readonly expect: Outcome | readonly Outcome[]
  /** What this proxy must do; several where only the moment decides. */
  readonly ours?: Outcome | readonly Outcome[]
  /** Milliseconds to wait for things that do not come; 1500 by default. */
  readonly patience?: number
}

/** What the routes of the suite inject; made up. The bytes after lsv2_sk_ repeat their first six, by which judge.ts finds parts of them. */
export const KEYS = {
  main: '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',
  eu: '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',
  mainWorkspace: '1c9a6c1e-0000-4000-8000-000000000001',
  euWorkspace: '1c9a6c1e-0000-4000-8000-000000000002'
} as const

/** In every credential that a client sends: its bytes may not appear in a head that reaches an upstream. */
export const CANARY = 'canary'

/** In what an upstream sends: its own host and port. */
export const OWN_HOST = '{own host}'

/** A head with the usual Host, `Connection: close` not set. */
export function request (line: string, headers: readonly string[] = [], body = ''): string {
  return [`${line} HTTP/1.1`, 'Host: localhost', ...headers, '', body].join('\r\n')
}

/** The same with a body and its length. */
export function withBody (line: string, body: string, headers: readonly string[] = []): string {
  return request(line, [...headers, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`], body)
}

/** An answer with a length, after which the upstream keeps its connection only if `headers` say so. */
export function answer (status: string, body = '', headers: readonly string[] = ['Connection: close']): string {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`, ...headers, '', body].join('\r\n')
}

export const OK_ANSWER = answer('200 OK', 'ok')

/** The request goes up as it is, and its answer comes back. */
export function forwarded (reached: Reached | readonly Reached[], answered: Partial<Answered> = {}): Outcome {
  const reaches = Array.isArray(reached) ? reached as readonly Reached[] : [reached as Reached]
  return { reaches, answers: reaches.map(() => ({ status: 200, body: 'ok', ...answered })) }
}

/** Nothing goes up. Other programs may refuse with any status from 400 on, or close; we answer so. */
export function refused (status: number, code: string): Pick<Case, 'expect' | 'ours'> {
  return { expect: REFUSED, ours: { reaches: [], answers: [{ status, code }] } }
}

export const REFUSED: Outcome = { reaches: [], answers: 'a refusal' }

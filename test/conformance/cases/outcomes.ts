// Outcomes of requests that can be read in two ways. Safe are two: nothing goes up, or exactly one plain
// request; where only a body is broken, its request may have begun, and must be seen to break off.

import { FIN, forwarded, REFUSED, request } from '../case.ts'
import type { Case, Outcome, Reached, Step } from '../case.ts'

/** The request line of these cases. */
export const LINE = 'POST /x HTTP/1.1'

/** What must never be taken for a request where it is a part of another one's body. */
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** `hello` in one chunk, and the last chunk. */
export const HELLO_CHUNK = '5\r\nhello\r\n0\r\n\r\n'

/** What we do with everything of which nobody can say where it ends. */
export const AMBIGUOUS: Outcome = { reaches: [], answers: [{ status: 400, code: 'request-ambiguous' }], then: 'closed' }

/** Exactly one request goes up, with this body. */
export function once (body: string, more: Partial<Reached> = {}): Outcome {
  return forwarded({ line: LINE, body, ...more })
}

/** It began to go up before its fault was seen; nobody may take it for whole. */
export const BROKEN_OFF: Outcome = { reaches: [{ line: LINE, cut: true }], answers: 'a refusal' }

/** A fault of the head: it must be refused. */
export const MUST_REFUSE: Pick<Case, 'expect' | 'ours'> = { expect: REFUSED, ours: AMBIGUOUS }

/** A fault of the head that may be overlooked in one way; we refuse. */
export function refusedOr (...others: readonly Outcome[]): Pick<Case, 'expect' | 'ours'> {
  return { expect: [REFUSED, ...others], ours: AMBIGUOUS }
}

/** A fault in the middle of a body: what came before it may be on its way already. */
export const MUST_BREAK: Pick<Case, 'expect' | 'ours'> = {
  expect: [REFUSED, BROKEN_OFF],
  ours: [AMBIGUOUS, { ...AMBIGUOUS, reaches: BROKEN_OFF.reaches }] // the moment decides
}

/** A fault in a body that may be overlooked in one way. */
export function brokenOr (...others: readonly Outcome[]): Pick<Case, 'expect' | 'ours'> {
  return { expect: [REFUSED, BROKEN_OFF, ...others], ours: [AMBIGUOUS, { ...AMBIGUOUS, reaches: BROKEN_OFF.reaches }, ...others] }
}

/** What is not whole by now never will be; saves the wait for a proxy that waits for more, or lingers after its refusal. */
export const LEAVE: readonly Step[] = [{ pause: 40 }, FIN]

/** A POST with these header lines and bytes after its head. */
export function post (headers: readonly string[], bytes: string): string {
  return request('POST /x', headers, bytes)
}

// The head of an upstream's answer, as undici gives it, and answers whose length nobody can be sure of:
// undici's parser passes on what it does not know.

import type { Dispatcher } from 'undici'

/** The upstream's answer cannot be passed on. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly code: 'TRANSFER_ENCODING' | 'TOO_MANY_1XX'

  constructor (code: AnswerError['code']) {
    super(code)
    this.code = code
  }
}

/** The raw head as a flat list of names and values, Latin-1 (RFC 9110, section 5.5); undici gives buffers. */
export function readRawHeaders (raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return []
  return raw.map((part) => typeof part === 'string' ? part : part.toString('latin1'))
}

/**
 * Whether the body is framed in a way that can be told to the client: Transfer-Encoding is not forwarded,
 * so anything but a lone "chunked" would leave the body in an encoding that no header names.
 *
 * @param rawHeaders - Flat list of names and values.
 */
export function isPlainlyFramed (rawHeaders: readonly string[]): boolean {
  const codings = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'transfer-encoding')
  return codings.length === 0 || (codings.length === 1 && codings[0]?.trim().toLowerCase() === 'chunked')
}

/** Without body whatever their Content-Length says (RFC 9112, section 6.3). */
const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** Whether undici misses a body that the answer cannot have. */
export function isFalseMismatch (status: number, reason: string): boolean {
  return BODILESS.has(status) && reason === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
}

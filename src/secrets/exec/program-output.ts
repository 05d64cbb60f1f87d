// What a program printed as the value: the value itself, or JSON that says also when it expires.

import type { SecretReference } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import { isoTime } from '../iso-time.ts'
import type { Found } from '../source.ts'

const PRINT = 'print the key alone, or JSON such as {"value": "…", "expires_at": "2026-01-31T12:00:00Z"}'

/** The year 5138; what is more was meant as milliseconds. */
const MAX_SECONDS = 1e11

/**
 * Reads the value out of what a program printed. No key starts with `{`, so such a text is JSON.
 *
 * @param text - The whole of its stdout.
 * @throws ProxyError `secret-unusable` for JSON that is broken, has no text `value`, or an `expires_at` that is no time.
 */
export function parseOutput (text: string, reference: SecretReference): Found {
  if (!text.trimStart().startsWith('{')) return { text }
  const printed = parseObject(text, reference)
  if (!Object.hasOwn(printed, 'value')) throw unusable(reference, 'printed JSON without "value"')
  const { value, expires_at: expiry } = printed
  if (typeof value !== 'string') throw unusable(reference, 'printed JSON whose "value" is not text')
  // null is what programs print for "never".
  if (expiry === undefined || expiry === null) return { text: value }
  const expiresAt = millisecondsOf(expiry)
  if (expiresAt === undefined) throw unusable(reference, 'printed JSON whose "expires_at" is neither a time in ISO 8601 with its zone nor a number of unix seconds')
  return { text: value, expiresAt }
}

function parseObject (text: string, reference: SecretReference): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown> // it starts with {, so it is an object or broken
  } catch {
    // Not kept as the cause: its message quotes the text.
    throw unusable(reference, 'printed a text that starts with { and is not whole JSON')
  }
}

function millisecondsOf (expiry: unknown): number | undefined {
  if (typeof expiry === 'number') return expiry > 0 && expiry < MAX_SECONDS ? Math.floor(expiry * 1000) : undefined
  return typeof expiry === 'string' ? isoTime(expiry) : undefined
}

function unusable (reference: SecretReference, what: string): ProxyError {
  return new ProxyError('secret-unusable', `${reference.text} ${what}`, { hint: PRINT })
}

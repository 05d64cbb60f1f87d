// Takes secrets out of an event before anybody gets to see it: known ones and what looks like a key.

import type { MaskText } from '../swap/mask-text.ts'

/**
 * Fields with fixed words of this program, IDs and fingerprints that it made, and times. Into all others callers,
 * upstreams, programs or whoever wrote the config can put words: a file may be named like the key that it holds.
 */
const OURS: ReadonlySet<string> = new Set([
  'event', 'reqId', 'method', 'code', 'by', 'signal', 'source', 'test', 'result', 'confidence', 'version', 'fingerprint', 'from', 'to', 'kept', 'expires_at', 'time', 'first_time'
])

/** An object that inherits nothing, whatever its fields are called. One of Object.create(null) is a hash table, several times as slow. */
const Bare = function () {} as unknown as new () => Record<string, unknown>
Bare.prototype = Object.create(null) as object

/** A copy of an event, or of a part of one, with every string masked that is not ours word for word. */
export function maskFields<Fields> (fields: Fields, mask: MaskText): Fields {
  return masked(fields, mask) as Fields
}

function masked (value: unknown, mask: MaskText): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item, mask))
  if (typeof value !== 'object' || value === null) return value
  const copy = new Bare()
  for (const name in value) {
    const item = (value as Readonly<Record<string, unknown>>)[name]
    copy[name] = OURS.has(name) ? item : masked(item, mask)
  }
  return copy
}

// The one form of a path that roles are judged on. Allowing needs certainty about what the upstream will read, so a path
// that two servers could read differently has no such form, and roles that do not allow everything deny it. (Closed
// endpoints go the other way, and close whatever the most lenient server could read as one.)

import { isBaseSegment } from '../../config/role-rule.ts'

/** What needs no escape, and what needs one: `:` and `@` occur both ways. Neither `;`, which starts a parameter, nor `%`, which would be escaped twice. */
const PLAIN = /^(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+$/
/** Bytes that SDKs do escape in a name, and that no server takes for more than a character: space, " $ & ' ( ) * + , : < = > @ [ ] ^ ` { | } !, and all beyond ASCII. */
const ESCAPED = /^(?: |["$&'()*+,:<=>@[\]^`{|}!]|[\x80-\xff])$/
/** Blanks before or behind a name, and dots behind it, are nothing to some servers. */
const EDGES = /^ |[ .]$/

/**
 * The segments of a path, in lower case and with escapes undone, without one slash at the end and without what comes before
 * the name of a thing: `/runs/x`, `/api/v1/runs/x/` and `/v2/Runs/x` all give `runs`, `x`.
 *
 * @param path - As it would be forwarded, without query and without the base path of the upstream.
 * @returns Undefined for a path that has needless escapes, escaped separators, empty segments, parameters or blank edges.
 */
export function plainSegments (path: string): readonly string[] | undefined {
  if (path.includes('//')) return undefined
  const inside = path.replace(/^\//, '').replace(/\/$/, '')
  const segments = inside === '' ? [] : inside.split('/').map(plainSegment)
  if (!segments.every((segment) => segment !== undefined)) return undefined
  const first = segments.findIndex((segment) => !isBaseSegment(segment))
  return first === -1 ? [] : segments.slice(first)
}

function plainSegment (segment: string): string | undefined {
  if (!PLAIN.test(segment)) return undefined
  const bytes = [...segment.matchAll(/%(..)/g)].map(([, hex = '']) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (!bytes.every((byte) => ESCAPED.test(byte))) return undefined
  const read = segment.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return EDGES.test(read) ? undefined : read.toLowerCase()
}

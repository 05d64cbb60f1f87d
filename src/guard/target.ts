// Refuses request targets that two parsers could read differently. What passes here is routed, judged
// and forwarded as the same string; nothing is normalised on the way.

import type { Denial } from '../exchange.ts'

// What may stand in a target: visible ASCII without a fragment; in the path no backslash either, because
// many parsers read it as a slash. (Node's parser refuses what is not ASCII before we see it.)
const PLAIN_PATH = /^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/
const PLAIN_QUERY = /^[\x21\x22\x24-\x7e]*$/
// Some routers match a path before a final line break (`$` in Python), so `/x%0a` is their `/x`.
// eslint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/
const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/

/** Decodes up to this many times: some servers decode what a proxy before them has decoded already. */
const MAX_DECODING = 3

/** @param target - The request target, byte for byte. */
export function judgeTarget (target: string): Denial | undefined {
  const path = pathOf(target)
  if (!PLAIN_PATH.test(path)) return ambiguous('the request target is not a plain path')
  if (!PLAIN_QUERY.test(target.slice(path.length))) return ambiguous('the query has characters that must be escaped')
  if (BROKEN_ESCAPE.test(path)) return ambiguous('the path has a % that no two hex digits follow')
  if (path.includes('%') && CONTROL.test(lenientPath(path))) return ambiguous('the path has an escaped control character')
  if (hasDotSegment(path)) return ambiguous('the path has a . or .. segment, plain or escaped')
  return undefined
}

/** The part of a target before its query. */
export function pathOf (target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

/**
 * A path as the most lenient server could read it: escapes undone (repeatedly), backslashes as slashes,
 * path parameters (`;…`), and an escaped query or fragment, dropped. For judging only; never forwarded.
 */
export function lenientPath (path: string): string {
  let read = path
  for (let i = 0; i < MAX_DECODING && read.includes('%'); i++) read = unescape(read)
  return read.replaceAll('\\', '/').replace(/[;?#][^/]*/g, '')
}

function hasDotSegment (path: string): boolean {
  if (!path.includes('.') && !path.includes('%')) return false
  return lenientPath(path).split('/').some((segment) => segment === '.' || segment === '..')
}

// decodeURIComponent throws on bytes that are not UTF-8; here each byte stands for itself.
function unescape (text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function ambiguous (detail: string): Denial {
  return { code: 'request-ambiguous', detail }
}

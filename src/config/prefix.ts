// Which path prefixes a route may have. Everything else would be ambiguous to some client, server or
// reader, or would take away paths that LangSmith's SDKs rely on.

import { hideKeys } from '../hide-keys.ts'

// First segments that SDKs strip from the address they are given, or add to it.
const TAKEN_BY_SDKS = ['api', 'v1', 'v2', 'otel', 'runs']

/** True for `` and for paths of plain segments: no escapes, no dot segments, no empty ones. */
export function isPlainPath (path: string): boolean {
  return /^(\/[A-Za-z0-9._~-]+)*$/.test(path) && !path.split('/').some((segment) => /^\.+$/.test(segment))
}

/** What is wrong with a route's prefix; undefined if nothing is. */
export function prefixMistake (prefix: string): string | undefined {
  if (prefix === '/') return undefined
  if (!prefix.startsWith('/')) return 'must start with /'
  if (prefix.endsWith('/')) return 'must not end with /'
  if (!isPlainPath(prefix)) return 'must have only letters, digits, ".", "_", "~" and "-" between its slashes, and no segment of dots alone'
  if (prefix.split(/[/.~-]/).some(isKey)) return 'holds a key; prefixes stand in logs, metrics and pages'
  const first = prefix.split('/')[1] ?? ''
  if (first === '-') return 'must not be /- or below it, where the proxy has its own pages'
  if (TAKEN_BY_SDKS.includes(first.toLowerCase())) {
    return `must not start with /${first.toLowerCase()}, because LangSmith's SDKs strip or add that themselves; use another name such as /eu`
  }
  return undefined
}

/** Of LangSmith or of this proxy; not so `tools__x`, which has the beginning of one inside. */
function isKey (word: string): boolean {
  return /^ls/i.test(word) && hideKeys(word) !== word
}

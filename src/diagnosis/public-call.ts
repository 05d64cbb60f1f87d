// Calls that LangSmith answers to everybody. That one of them worked says nothing about the key.

import { bareSegments } from './permissions.ts'

/** First segments of such paths. Source: docs/langsmith-api.md, sections 5.1 and 6. */
const PUBLIC: ReadonlySet<string> = new Set(['info', 'ok', 'public'])

/** @param path - As it was forwarded, without query. */
export function isPublicCall (path: string): boolean {
  return PUBLIC.has(bareSegments(path)[0] ?? '')
}

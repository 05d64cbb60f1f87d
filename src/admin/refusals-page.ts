// The page /-/refusals: what LangSmith refused lately, why, and what to do. JSON for programs, text for people.

import { wrap } from './wrap.ts'
import type { RecentRefusal } from '../observe/recent-refusals.ts'
import { MOST_REFUSALS } from '../observe/recent-refusals.ts'
import { refusalLines } from '../observe/refusal-lines.ts'
import { visible } from '../observe/visible.ts'

/** What a request says of its sender. */
export interface Reader {
  readonly accept?: string | undefined
  readonly 'user-agent'?: string | undefined
}

const NOT_LISTED = 'Calls that did not reach LangSmith are not listed; langsmith-proxy doctor looks at the way to it.'

const EMPTY = `No refusals so far.

When LangSmith refuses a request (401 or 403), or gives another answer whose cause is known, this
page says what was asked, why it was refused and what to do. It keeps the last ${MOST_REFUSALS} in memory, until
the proxy ends.

${NOT_LISTED}

To see how a request would go without sending it:
  langsmith-proxy explain GET /api/v1/sessions
`

/** Whether a person reads it in a terminal: curl and Wget, unless they ask for JSON, and whoever asks for text and not for JSON. */
export function wantsText ({ accept = '', 'user-agent': agent = '' }: Reader): boolean {
  if (/\bjson\b/i.test(accept)) return false
  return /^(?:curl|wget)\b/i.test(agent) || /\btext\/plain\b/i.test(accept)
}

/** @param refusals - Newest first. */
export function refusalsAsJson (refusals: readonly RecentRefusal[]): string {
  return `${JSON.stringify({ refusals })}\n`
}

/** Blocks of at most 100 columns, without control characters; only a command to copy may be longer. @param refusals - Newest first. */
export function refusalsAsText (refusals: readonly RecentRefusal[]): string {
  return refusals.length === 0 ? EMPTY : [`${NOT_LISTED}\n`, ...refusals.map(block)].join('\n')
}

function block (refusal: RecentRefusal): string {
  const { time, first_time: first, count, event, status, diagnosis, method, path } = refusal
  const often = count === 1 ? '' : `  ${count} times since ${short(first)}`
  const checked = event === 'route.checked' ? '  (check at the start)' : ''
  const lines = [
    `${short(time)}  ${status === undefined ? '' : `${status} `}${diagnosis.code}${often}${checked}`,
    ...[diagnosis.summary, ...refusalLines(refusal), ...askedLines(diagnosis)].map((line) => `  ${line}`)
  ]
  return `${lines.map(visible).flatMap(wrap).join('\n')}\n  more: langsmith-proxy explain ${method} ${asWord(path)}\n`
}

function askedLines ({ probed, causes }: RecentRefusal['diagnosis']): readonly string[] {
  if (!probed) return []
  return causes.length > 1 && causes[0]?.confidence === 'possible'
    ? ['LangSmith was asked with read-only calls too, and does not say which of these it is.']
    : ['LangSmith was asked about it with read-only calls.']
}

/** To the second: `2026-01-31 12:00:00Z`. */
function short (time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)}Z`
}

/** A path as one word of a shell. */
function asWord (path: string): string {
  const shown = visible(path)
  return /^[\w./:@%+,-]+$/.test(shown) ? shown : `'${shown.replaceAll('\'', '\'\\\'\'')}'`
}

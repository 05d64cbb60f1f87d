// Log lines for a person at a terminal: one line a request, and a block for a refusal that says what LangSmith said, why, and
// what to do. All stand in the same columns: the time, what it is, the text. Machines get JSON.

import { painter } from './paint.ts'
import type { Color, Paint } from './paint.ts'
import { breakText } from './break-text.ts'
import { adviceOf } from './refusal-lines.ts'
import { notesOf, requestLine } from './request-line.ts'
import type { ShownRequest } from './request-line.ts'
import { startRows } from './start-rows.ts'
import { visible } from './visible.ts'
import type { Level } from './wording.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RefusalExplained } from '../diagnosis/events.ts'
import { HTTP_ERRORS } from '../errors.ts'
import type { ProxyEvent } from '../events.ts'

/** An event as it stands in the JSON line. */
type Logged = ProxyEvent & { readonly level: Level, readonly time: string, readonly msg: string }

/** A line: what it is, and the text, which is broken into several where it is long. */
interface Row {
  readonly label: string
  readonly color: Color
  readonly text: string | ShownRequest
}

const LABEL = 7
const LABEL_AT = 10
const TEXT_AT = LABEL_AT + LABEL + 2
/** Requests that have been told with what is wrong about them; they may be under way for long. */
const MOST_TOLD = 1000
const COLORS: Record<Level, Color> = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' }

/**
 * @param color - Whether the terminal shows colours.
 * @param width - Characters of a line, which change with the window; undefined where lines are not broken.
 * @returns Turns a JSON line into text, line end included; empty for what has been said already.
 */
export function createTerminalFormat (color: boolean, width: () => number | undefined = () => undefined): (line: string) => string {
  const paint = painter(color)
  /** IDs of requests that need no line of their own any more. */
  const told = new Set<string>()
  let isApart = true // nothing stands above

  function isTold (event: Logged): boolean {
    if (event.event === 'request.completed') return told.delete(event.reqId)
    if ('reqId' in event && event.reqId !== undefined && isRequestWithReason(event)) {
      const [oldest] = told
      if (told.size >= MOST_TOLD && oldest !== undefined) told.delete(oldest)
      told.add(event.reqId)
    }
    return false
  }

  return (line) => {
    const event = parsed(line)
    if (event === undefined) return `${visible(line.trimEnd())}\n`
    if (isTold(event)) return ''
    const [first, ...more] = rowsOf(event)
    if (first === undefined) return ''
    const time = new Date(event.time).toTimeString().slice(0, LABEL_AT - 2)
    const lines = [...shown(first, `${paint('gray', time)}  `, width(), paint), ...more.flatMap((row) => shown(row, ' '.repeat(LABEL_AT), width(), paint))]
    const before = isBlock(event) && !isApart ? '\n' : ''
    isApart = isBlock(event)
    return `${before}${lines.join('\n')}\n${isApart ? '\n' : ''}`
  }
}

function parsed (line: string): Logged | undefined {
  try {
    return JSON.parse(line) as Logged
  } catch {
    return undefined // a mask has hit what it should not
  }
}

function shown ({ label, color, text }: Row, before: string, width: number | undefined, paint: Paint): readonly string[] {
  const room = width === undefined ? undefined : width - TEXT_AT
  const lines = typeof text === 'string' ? breakText(visible(text), room) : [requestLine(text, room, paint)]
  return lines.map((piece, at) => at === 0 ? `${before}${paint(color, visible(label).slice(0, LABEL).padEnd(LABEL))}  ${piece}` : ' '.repeat(TEXT_AT) + piece)
}

/** Set apart by blank lines. */
function isBlock ({ event }: Logged): boolean {
  return event === 'refusal.diagnosed' || event === 'refusal.explained' || event === 'answer.diagnosed'
}

/** The line of such a request stands above the reason. */
function isRequestWithReason ({ event }: Logged): boolean {
  return event === 'refusal.diagnosed' || event === 'answer.diagnosed' || event === 'request.denied' || event === 'upstream.failed'
}

function rowsOf (event: Logged): readonly Row[] {
  switch (event.event) {
    case 'request.completed': return [request(event, { ...event, duration: event.duration_ms, notes: notesOf(event) })]
    case 'request.aborted': return [request(event, { ...event, status: 'cut', duration: event.duration_ms, notes: [`by the ${event.by}`] })]
    case 'request.denied': return [request(event, { ...event, duration: undefined, notes: [`proxy: ${event.code}`] }), why(event.detail), todo(event.hint)]
    case 'upstream.failed': return [
      request(event, { ...event, status: HTTP_ERRORS[event.code].status, duration: undefined, notes: [`proxy: ${event.code}`] }),
      why(`${event.upstream}: ${event.detail}`), todo(event.hint)
    ]
    case 'refusal.diagnosed':
    case 'refusal.explained':
    case 'answer.diagnosed': return explained(event)
    case 'proxy.started': return startRows(event).map(([label, text], at) => ({ label, color: at === 0 ? COLORS[event.level] : 'gray', text }))
    default: return sentence(event)
  }
}

function request ({ method }: { readonly method: string }, text: ShownRequest): Row {
  return { label: method, color: 'bold', text }
}

function why (text: string): Row {
  return { label: 'why', color: 'yellow', text }
}

function todo (text: string): Row {
  return { label: 'do', color: 'green', text }
}

function explained (event: Logged & (RefusalDiagnosed | RefusalExplained | AnswerDiagnosed)): readonly Row[] {
  const { diagnosis, credential = '?', fingerprint, secret_ref: reference, route = '?', region } = event
  const excerpt = 'excerpt' in event ? event.excerpt : undefined
  const note = event.event === 'refusal.explained' ? `${diagnosis.code}, after asking LangSmith` : diagnosis.code
  return [
    request(event, { ...event, credential: undefined, duration: undefined, notes: [note] }), // the last row has the key
    ...excerpt === undefined ? [] : [{ label: 'said', color: 'gray', text: excerpt === '' ? '(nothing)' : excerpt } as const],
    why(diagnosis.summary),
    ...adviceOf(event).map(({ kind, text }) => kind === 'why' ? why(text) : todo(text)),
    { label: 'key', color: 'gray', text: `${credential} [${fingerprint}] from ${reference}, route ${route}${region === undefined ? '' : ` (${region})`}` }
  ]
}

/** What to do is most sentences' end. */
function sentence (event: Logged): readonly Row[] {
  const { level, msg } = event
  const hint = 'hint' in event ? event.hint : ''
  const end = `; ${hint}`
  const isTail = hint !== '' && msg.endsWith(end)
  return [{ label: level, color: COLORS[level], text: isTail ? msg.slice(0, -end.length) : msg }, ...isTail ? [todo(hint)] : []]
}

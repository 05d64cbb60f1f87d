// Events as log lines. Only what events.ts lists is logged; what is not ours word for word loses known secrets and what
// looks like a key, and a last net takes known secrets out of every line.

import { pino } from 'pino'
import { levelOf, sentenceOf } from './wording.ts'
import type { LogLevel } from '../config/config.ts'
import type { Emit, ProxyEvent } from '../events.ts'
import type { MaskHeader } from '../swap/mask-header.ts'
import type { MaskText } from '../swap/mask-text.ts'

export interface LoggerOptions {
  readonly level: LogLevel
  readonly write: (line: string) => void
  /** Masks what may hold words of others, strictly. */
  readonly maskText: MaskText
  /** The last net, for whole lines. */
  readonly maskLine: MaskHeader
}

/**
 * Fields with fixed words of this program, IDs and fingerprints that it made, and times. Into all others callers,
 * upstreams, programs or whoever wrote the config can put words: a file may be named like the key that it holds.
 */
const OURS: ReadonlySet<string> = new Set([
  'event', 'reqId', 'method', 'code', 'by', 'signal', 'source', 'test', 'confidence', 'version', 'fingerprint', 'from', 'to', 'kept', 'expires_at'
])

export function createLogger ({ level, write, maskText, maskLine }: LoggerOptions): Emit {
  const logger = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) }
  }, { write: (line: string) => { write(maskLine(line)) } })

  return (event) => {
    const lineLevel = levelOf(event)
    if (!logger.isLevelEnabled(lineLevel)) return
    const shown = masked(event, maskText) as ProxyEvent
    logger[lineLevel](shown, sentenceOf(shown))
  }
}

function masked (value: unknown, mask: MaskText): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, OURS.has(name) ? item : masked(item, mask)]))
}

// Events as log lines. Only what events.ts lists is logged; what comes from outside loses what looks like a key, and a
// last net takes known secrets out of every line.

import { pino } from 'pino'
import { levelOf, sentenceOf } from './wording.ts'
import type { LogLevel } from '../config/config.ts'
import type { Emit, ProxyEvent } from '../events.ts'
import type { MaskHeader } from '../swap/mask-header.ts'
import type { MaskText } from '../swap/mask-text.ts'

export interface LoggerOptions {
  readonly level: LogLevel
  readonly write: (line: string) => void
  /** Masks what comes from outside, strictly. */
  readonly maskText: MaskText
  /** The last net, for whole lines. */
  readonly maskLine: MaskHeader
}

/** What callers and upstreams can put words into. */
const FROM_OUTSIDE = ['path', 'target', 'upstream_request_id'] as const

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
    const shown = masked(event, maskText)
    logger[lineLevel](shown, sentenceOf(shown))
  }
}

function masked (event: ProxyEvent, mask: MaskText): ProxyEvent {
  const shown: Partial<Record<string, unknown>> = { ...event }
  for (const name of FROM_OUTSIDE) {
    const text = shown[name]
    if (typeof text === 'string') shown[name] = mask(text)
  }
  return shown as unknown as ProxyEvent
}

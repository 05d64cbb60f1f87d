// Events as log lines. Only what events.ts lists is logged; what is not ours word for word loses known secrets and what
// looks like a key, and a last net takes known secrets out of every line.

import { pino } from 'pino'
import { maskFields } from './mask-fields.ts'
import { levelOf, sentenceOf } from './wording.ts'
import type { LogLevel } from '../config/config.ts'
import type { Emit } from '../events.ts'
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

export interface Logger {
  readonly emit: Emit
  readonly level: () => LogLevel
  /** Holds at once. Tells the change, whatever the levels are. */
  readonly setLevel: (level: LogLevel) => void
}

/** What may be done with the level while the proxy runs. */
export type LevelSwitch = Pick<Logger, 'level' | 'setLevel'>

export function createLogger ({ level, write, maskText, maskLine }: LoggerOptions): Logger {
  const logger = pino({
    level,
    base: null,
    timestamp: isoTime(),
    formatters: { level: (label) => ({ level: label }) }
  }, { write: (line: string) => { write(maskLine(line)) } })

  const emit: Emit = (event) => {
    const lineLevel = levelOf(event)
    if (!logger.isLevelEnabled(lineLevel)) return
    const shown = maskFields(event, maskText)
    logger[lineLevel](shown, sentenceOf(shown))
  }

  let current = level
  return {
    emit,
    level: () => current,
    setLevel (to) {
      const from = current
      if (to === from) return
      logger.level = 'debug' // who reads a silent log is to know why
      emit({ event: 'log.level_changed', from, to })
      logger.level = current = to
    }
  }
}

/** As pino.stdTimeFunctions.isoTime, but made once for all lines of a millisecond. */
function isoTime (): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}

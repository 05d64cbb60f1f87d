// What the log says of itself; part of the list in ../events.ts.

import type { LogLevel } from '../config/config.ts'

/** Log lines were lost because the destination was blocked or full; said once it takes lines again. */
export interface LogLost {
  readonly event: 'log.lost'
  readonly lines: number
}

/** Somebody has changed the level of the log (PUT /-/log-level); said whatever the levels are. */
export interface LogLevelChanged {
  readonly event: 'log.level_changed'
  readonly from: LogLevel
  readonly to: LogLevel
}

export type LogEvent = LogLost | LogLevelChanged

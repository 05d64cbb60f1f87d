// Signals for commands that have nothing to finish: they end at once, also as process 1 of a container. The kernel
// spares that one a signal that nobody listens for.

import { constants } from 'node:os'
import process from 'node:process'
import { remembersHangups } from './hangups.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Does `work`; a signal meanwhile ends the process, as it would without a listener. SIGHUP does not where it is remembered.
 *
 * @param before - What is to be done first.
 */
export async function endingWithSignals<Result> (work: () => Promise<Result>, before: () => void = () => {}): Promise<Result> {
  const signals = SIGNALS.filter((name) => name !== 'SIGHUP' || !remembersHangups())
  const end = (signal: NodeJS.Signals): void => {
    before()
    forget()
    if (process.pid === 1) process.exit(128 + constants.signals[signal]) // a signal would do nothing
    process.kill(process.pid, signal) // so that the parent sees which signal it was
  }
  const forget = (): void => { for (const name of signals) process.off(name, end) }
  for (const name of signals) process.on(name, end)
  try {
    return await work()
  } finally {
    forget()
  }
}

// SIGHUP, which asks a proxy to read everything again. It ends a process that does not listen for it, and whoever sends it,
// such as a log rotation, does not know that the proxy has not quite started.

import process from 'node:process'

export interface Hangups {
  /** Does this at each from now on; and at once, if one came before. */
  readonly follow: (work: () => void) => void
}

let isRemembered = false

/** Whether this process has listened since rememberHangups; listeners of libraries do not count. */
export function remembersHangups (): boolean {
  return isRemembered
}

/** Listens from now on. */
export function rememberHangups (): Hangups {
  isRemembered = true
  let hasCome = false
  let act = (): void => { hasCome = true }
  process.on('SIGHUP', () => { act() })
  return {
    follow (work) {
      act = work
      if (hasCome) work()
    }
  }
}

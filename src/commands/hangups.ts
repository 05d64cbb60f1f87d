// SIGHUP, which asks a proxy to read everything again. It ends a process that does not listen for it, and whoever sends it,
// such as a log rotation, does not know that the proxy has not quite started. The same signal says that a terminal was
// closed; that ends the proxy, or it would hold its port with nobody knowing where it is.

import process from 'node:process'
import { isatty } from 'node:tty'

export interface Hangups {
  /** Does this at each from now on; and at once, if one came before. */
  readonly follow: (work: () => void) => void
}

let isRemembered = false

/** Whether this process has listened since rememberHangups; listeners of libraries do not count. */
export function remembersHangups (): boolean {
  return isRemembered
}

const STDIN = 0
const STDERR = 2
const LOOK_MS = 5000
const LOOKS = 2

/** Listens from now on. A terminal that is closed ends the proxy as SIGTERM does. */
export function rememberHangups (): Hangups {
  isRemembered = true
  let hasCome = false
  let act = (): void => { hasCome = true }
  const isClosed = watchTerminal()
  let isEnding = false // a shell says it, and then the kernel; a second SIGTERM would cut requests
  process.on('SIGHUP', () => {
    if (isEnding) return
    isEnding = isClosed()
    if (isEnding) process.kill(process.pid, 'SIGTERM')
    else act()
  })
  return {
    follow (work) {
      act = work
      if (hasCome) work()
    }
  }
}

/**
 * Whether the terminal that the proxy was started at has just gone. Not so with nohup, in a service and in a container, which have none; nor
 * where it went long ago and no SIGHUP came with it (disown, setsid): one that comes then asks for reading again.
 */
function watchTerminal (): () => boolean {
  if (!isatty(STDIN) || !isatty(STDERR)) return () => false // nohup of BSD leaves stdin alone
  let looksWithout = 0
  setInterval(() => { looksWithout = isatty(STDIN) ? 0 : looksWithout + 1 }, LOOK_MS).unref()
  return () => !isatty(STDIN) && looksWithout < LOOKS // one alone may have come between the end of the terminal and its signal
}

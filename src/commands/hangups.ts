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

/** Listens from now on. Where stdin was a terminal that has gone by then, the process is told to end, as by SIGTERM. */
export function rememberHangups (): Hangups {
  isRemembered = true
  let hasCome = false
  let act = (): void => { hasCome = true }
  const hadTerminal = isatty(STDIN) // not so with nohup, in a service and in a container
  process.on('SIGHUP', () => {
    if (hadTerminal && !isatty(STDIN)) process.kill(process.pid, 'SIGTERM')
    else act()
  })
  return {
    follow (work) {
      act = work
      if (hasCome) work()
    }
  }
}

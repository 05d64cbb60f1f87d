// What is being looked at, as one line of the terminal that goes away: a call may take seconds.

import process from 'node:process'
import type { CheckName } from './finding.ts'

export interface Progress {
  readonly working: (check: CheckName) => void
  /** Before anything else is printed. */
  readonly clear: () => void
}

/** Silent where nobody is looking. */
export function createProgress ({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>, write: (text: string) => void = (text) => { process.stderr.write(text) }): Progress {
  if (!isTTY) return { working: () => {}, clear: () => {} }
  return {
    working: (check) => { write(`\r\u001b[2K  …     ${check}`) },
    clear: () => { write('\r\u001b[2K') }
  }
}

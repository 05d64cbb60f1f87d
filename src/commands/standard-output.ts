// Prints to stdout, and remembers what could not be written: streams tell that later, and to nobody who does not ask.

import process from 'node:process'
import { fail } from './terminal.ts'

/** Code of the system, such as ENOSPC; undefined where everything was written. */
export type PrintFailure = string | undefined

let failure: PrintFailure
let waiting = Promise.resolve()

export function print (text: string): void {
  const written = new Promise<void>((resolve) => {
    process.stdout.write(text, (error) => {
      if (error instanceof Error) failure ??= 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
      resolve()
    })
  })
  waiting = waiting.then(() => written)
}

/** Waits until all that was printed is written, or cannot be: what a pipe took counts, whether or not somebody reads it. */
export async function printed (): Promise<PrintFailure> {
  await waiting
  return failure
}

/**
 * The exit code of a command that has ended, now that its output is written or not.
 *
 * @param code - Its own; a command that has failed has said why.
 */
export async function exitCodeAfter (code: number): Promise<number> {
  const reason = await printed()
  if (code !== 0 || reason === undefined || reason === 'EPIPE') return code // a reader that has seen enough (`| head`) is no mishap
  return fail(`what was to be printed could not be written to stdout (${reason})`, 'look where stdout goes: a full disk, for example')
}

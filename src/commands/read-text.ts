// Reads the small text files that settings name. While the proxy runs, only plain files: opening a named pipe that
// nobody writes to would stop everything.

import { readFileSync, statSync } from 'node:fs'

/** Far above any config and any list of certificates. */
const MAX_BYTES = 4 * 1024 * 1024

class UnreadableError extends Error {
  override readonly name = 'UnreadableError'
  readonly code: 'NOT_A_FILE' | 'TOO_LARGE'

  constructor (code: UnreadableError['code']) {
    super(code)
    this.code = code
  }
}

/**
 * @param again - The proxy is running; at the start a pipe is fine, such as the shell's `<(…)`.
 * @throws The error of the system, or one with the code NOT_A_FILE or TOO_LARGE.
 */
export function readTextFile (path: string, again: boolean): string {
  const stats = statSync(path)
  if (again && !stats.isFile()) throw new UnreadableError('NOT_A_FILE')
  if (stats.size > MAX_BYTES) throw new UnreadableError('TOO_LARGE')
  return readFileSync(path, 'utf8')
}

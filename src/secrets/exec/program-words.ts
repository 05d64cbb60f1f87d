// What a program said on stderr before it failed, fit for one line of an error. A program that is traced
// (`set -x`) or broken may say the key there.

import { stripVTControlCharacters } from 'node:util'
import { MAX_STDERR_BYTES, type ProgramRun } from './run-program.ts'

/** Longest text that is shown, in characters. */
const MAX_SHOWN = 500
/** So many characters in a row of what it printed make a line unfit to be shown. */
const RUN = 8

/**
 * The last of what a program said, in one line.
 *
 * @param maskText - Hides known secrets and what looks like a key.
 * @returns Printable text of at most 500 characters; empty when it said nothing. Lines that repeat a part
 * of its stdout, which may be the key, are replaced.
 */
export function wordsOf ({ stdout, stderr }: Pick<ProgramRun, 'stdout' | 'stderr'>, maskText: (text: string) => string): string {
  const said = stderr.toString('utf8')
  // The first word may have lost its beginning, by which a key is recognised.
  const whole = stderr.length < MAX_STDERR_BYTES ? said : said.replace(/^\S*/, '')
  const runs = runsOf(stdout.toString('utf8'))
  const lines = whole.split(/[\r\n\u2028\u2029]+/).map(printable).filter((line) => line !== '')
  // A key that was broken over lines is not recognised in any of them.
  if (maskText(lines.join('')) !== lines.map(maskText).join('')) return '(lines that hold a key)'
  const shown = lines.map((line) => repeats(line, runs) ? '(a line that repeats its output)' : maskText(line)).join(' | ')
  return shown.length <= MAX_SHOWN ? shown : `…${shown.slice(1 - MAX_SHOWN)}`
}

/** Removed, not replaced: what stands inside a key would hide it from the mask. */
function printable (line: string): string {
  return stripVTControlCharacters(line).replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').trim()
}

function runsOf (text: string): ReadonlySet<string> {
  const runs = new Set<string>()
  for (let at = 0; at + RUN <= text.length; at++) runs.add(text.slice(at, at + RUN))
  return runs
}

function repeats (line: string, runs: ReadonlySet<string>): boolean {
  for (let at = 0; at + RUN <= line.length; at++) {
    if (runs.has(line.slice(at, at + RUN))) return true
  }
  return false
}

// Masks the injected key in short texts, at the same length: headers of an answer, and log lines.

import type { Pattern } from './patterns.ts'

export type MaskHeader = (value: string) => string

/** @param patterns - From patternsOf(); with none, nothing is masked. */
export function createHeaderMask (patterns: readonly Pattern[]): MaskHeader {
  const shortest = Math.min(...patterns.map(({ telling }) => telling.length))
  return (value) => value.length < shortest ? value : maskAll(value, patterns)
}

// Finds in the value as it came: the end of one key can be the beginning of the next.
function maskAll (value: string, patterns: readonly Pattern[]): string {
  let shown = value
  for (const { whole, telling } of patterns) {
    for (let at = value.indexOf(telling); at !== -1; at = value.indexOf(telling, at + 1)) {
      let length = telling.length
      while (length < whole.length && value[at + length] === whole[length]) length++
      shown = shown.slice(0, at) + '*'.repeat(length) + shown.slice(at + length)
    }
  }
  return shown
}

// Whether a request is one of those that a line of a role's list means.

import type { RoleRule } from '../../config/config.ts'

/** Methods that a rule for GET is about: HEAD is a GET without its body, OPTIONS tells less. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** @param segments - As plainSegments gives them. */
export function matches (rule: RoleRule, method: string, segments: readonly string[]): boolean {
  const isMeant = rule.method === '*' || rule.method === method || (rule.method === 'GET' && READS.has(method))
  return isMeant && fits(rule.segments, segments, '**', fitsSegment)
}

function fitsSegment (pattern: string, segment: string): boolean {
  if (!pattern.includes('*')) return pattern === segment
  return fits(Array.from(pattern), Array.from(segment), '*', (wanted, character) => wanted === character)
}

/**
 * Matches a list with wildcards; `many` stands for any number of items. Goes back to the last wildcard only, so the time is
 * bounded by the product of the lengths whatever the pattern is.
 */
function fits (pattern: readonly string[], items: readonly string[], many: string, fitsOne: (wanted: string, item: string) => boolean): boolean {
  let [at, next] = [0, 0]
  let wildcard: { readonly next: number, at: number } | undefined
  for (;;) {
    const [wanted, item] = [pattern[next], items[at]]
    if (wanted === many) {
      wildcard = { next: ++next, at }
    } else if (item === undefined) {
      return wanted === undefined
    } else if (wanted !== undefined && fitsOne(wanted, item)) {
      next++
      at++
    } else if (wildcard !== undefined) {
      next = wildcard.next
      at = ++wildcard.at
    } else {
      return false
    }
  }
}

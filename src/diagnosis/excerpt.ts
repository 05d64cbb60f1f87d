// The one piece of an upstream's body that a log may hold.

import type { Evidence } from './diagnosis.ts'

/** Longest excerpt, in characters. */
export const MAX_EXCERPT = 512

/**
 * What the upstream itself gave as its reason, fit for one line of a log.
 *
 * @param mask - Takes secrets out of a text. Called before anything is cut or escaped, when they are still whole.
 * @returns At most 512 characters without control characters, ending in `…` where it was cut; empty when the upstream gave no reason.
 */
export function excerptOf ({ fields }: Evidence, mask: (text: string) => string): string {
  const { detail, error, message, title, remedy, text } = fields
  const said = [detail, error, message, title, remedy].filter((part) => part !== undefined && part !== '')
  const whole = mask(said.length > 0 ? [...new Set(said)].join('; ') : (text ?? ''))
  if (whole.length < MAX_EXCERPT && !UNSEEN.test(whole)) return whole
  let excerpt = ''
  // By code points, so that no pair of surrogates and no escape is cut in two.
  for (const character of whole) {
    const shown = escaped(character)
    if (excerpt.length + shown.length > MAX_EXCERPT - 1) return `${excerpt}…`
    excerpt += shown
  }
  return excerpt
}

/** Control and direction characters and lone surrogates can make a terminal or a log viewer show something else than is there. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

function escaped (character: string): string {
  return UNSEEN.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character
}

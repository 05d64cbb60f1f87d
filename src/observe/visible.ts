// Upstreams, callers and config files put words into what people read at a terminal. As control characters they could
// rewrite lines that are there already; as direction marks they could make one text look like another.

/** The text with an escape such as `\u{1b}` for each such character, line ends included. */
export function visible (text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

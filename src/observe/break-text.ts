// Texts that are longer than a line of the terminal.

/** The least room for text, where a window is too narrow for the columns before it. */
const LEAST = 30

/** Breaks a text between words; a longer word stays whole. @param room - Characters of a line; undefined for no limit. */
export function breakText (text: string, room: number | undefined): readonly string[] {
  if (room === undefined) return [text]
  const lines: string[] = []
  let line: string | undefined
  for (const word of text.split(' ')) {
    if (line === undefined) line = word
    else if (line.length + 1 + word.length <= Math.max(LEAST, room)) line += ` ${word}`
    else { lines.push(line); line = word }
  }
  return [...lines, line ?? '']
}

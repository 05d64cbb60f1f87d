// Splits the command of an `exec:` reference into words: at blanks, with quotes around words that have
// some. No shell reads it, so nothing else is special: no variables, no backslashes, no globs.

const WORD = /(?:[^\s"']+|"[^"]*"|'[^']*')+/g

/** @returns The words without their quotes; undefined when a quote is not closed. */
export function splitCommand (text: string): readonly string[] | undefined {
  const rest = text.replace(WORD, '')
  if (rest.trim() !== '') return undefined
  return (text.match(WORD) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''))
}

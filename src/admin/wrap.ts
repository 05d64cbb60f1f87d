// Long lines for a terminal of usual width.

const WIDTH = 100

/** Cuts a line at blanks, words without any where it must; what follows is indented two more than the line itself. */
export function wrap (line: string): readonly string[] {
  const indent = ' '.repeat(line.search(/\S|$/) + 2)
  const lines: string[] = []
  let rest = line
  while (rest.length > WIDTH) {
    const blank = rest.lastIndexOf(' ', WIDTH)
    const isInText = rest.slice(0, Math.max(0, blank)).trim() !== ''
    const end = isInText ? blank : WIDTH
    lines.push(rest.slice(0, end).trimEnd())
    rest = indent + rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

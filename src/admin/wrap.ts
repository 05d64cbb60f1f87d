// Long lines for a terminal of usual width.

const WIDTH = 100

/** Cuts a line at blanks, words without any where it must; what follows is indented two more than the line itself. */
export function wrap (line: string): readonly string[] {
  const indent = ' '.repeat(line.search(/\S|$/) + 2)
  const lines: string[] = []
  let at = 0
  for (;;) {
    const [before, room] = lines.length === 0 ? ['', WIDTH] : [indent, WIDTH - indent.length]
    if (line.length - at <= room) return [...lines, before + line.slice(at)]
    const piece = line.slice(at, at + room + 1)
    const blank = piece.lastIndexOf(' ')
    const isInText = piece.slice(0, Math.max(0, blank)).trim() !== ''
    const end = at + (isInText ? blank : Math.max(room, 1))
    lines.push(before + line.slice(at, end).trimEnd())
    at = end
    while (line[at] === ' ') at++
  }
}

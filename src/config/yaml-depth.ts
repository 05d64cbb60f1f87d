// Text that is nested too deep for the yaml library: it exhausts the stack inside the parser, and V8 may end
// the whole process for that, which nothing can catch. A config that is read again while the proxy runs
// must not be able to do so.

/** Far more than anybody writes. */
const MAX_DEPTH = 200

const MARKS = new RegExp(`([-?:][ \\t]+){${MAX_DEPTH}}`)

/** Counts brackets, in quotes too, and `- - -` on one line. Indentation that deep needs long lines, and is counted as well. */
export function isTooDeep (text: string): boolean {
  let depth = 0
  for (const [bracket] of text.matchAll(/[[{}\]]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > MAX_DEPTH) return true
  }
  return MARKS.test(text) || new RegExp(`^ {${2 * MAX_DEPTH},}\\S`, 'm').test(text)
}

// Random secrets, and the search for what is left of them.

import fc from 'fast-check'
import { hiddenPart } from '../../src/swap/hidden-part.ts'

/** So many bytes in a row of what follows a key's public prefix may appear nowhere. */
const RUN = 8

const HEX = '0123456789abcdef'
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const BASE64 = `${LETTERS}0123456789+/`
/** What is special to JSON, regular expressions, URLs, formats, shells and YAML, with letters in between. */
const SPECIAL = `${LETTERS}0123456789"'\\%&?#=+$^.*|()[]{}<>:;,@!~\` /`
/** What a header can carry beyond ASCII. */
const LATIN1 = `${LETTERS}0123456789\xa1\xe4\xe9\xf6\xfc\xdf\xff\xd7`

// Not fc.string: it mixes in words such as propertyIsEnumerable, which stand in innocent texts too.
function textOf (alphabet: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...Array.from(alphabet)), { minLength, maxLength, size: 'max' }).map((units) => units.join(''))
    .filter((text) => text.trim() === text && new Set(text).size > 5) // sources trim; what repeats itself is in mask.test.ts
}

/** Keys as LangSmith makes them. */
export const langsmithKeys = fc.tuple(fc.constantFrom('lsv2_pt_', 'lsv2_sk_'), textOf(HEX, 32), textOf(HEX, 10)).map(([prefix, a, b]) => `${prefix}${a}_${b}`)

/** Keys of self-hosted servers: every kind of character that the proxy accepts in one. */
export const oddKeys = fc.oneof(
  textOf(SPECIAL, 24, 80), textOf(LATIN1, 24, 60), textOf(BASE64, 40, 60).map((text) => `${text}==`),
  textOf(BASE64, 20), textOf(HEX, 12).map((text) => `lsv2_pt_${text}`), textOf(LETTERS, 30).map((text) => `lsp_some-one_${text}`),
  textOf(BASE64, 4000)
)

export const anyKeys = fc.oneof(langsmithKeys, oddKeys)

/** The first run of a secret that a text has; undefined when it has none. */
export function runOf (text: string, secret: string): string | undefined {
  const hidden = hiddenPart(secret)
  const runs = new Set(Array.from({ length: Math.max(0, hidden.length - RUN + 1) }, (_, at) => hidden.slice(at, at + RUN)))
  for (let at = 0; at + RUN <= text.length; at++) if (runs.has(text.slice(at, at + RUN))) return text.slice(at, at + RUN)
  return undefined
}

/** Throws with the name of the place and what is around the run, which fast-check reports with the values. */
export function refuseLeak (place: string, text: string, ...secrets: readonly string[]): void {
  for (const secret of secrets) {
    const run = runOf(text, secret)
    if (run === undefined) continue
    const at = text.indexOf(run)
    throw new Error(`${place} has ${JSON.stringify(run)}: …${text.slice(Math.max(0, at - 80), at + 40)}…`)
  }
}

/** An answer as its reader gets it: the head, and the body without its chunks. */
export function received (answer: string): string {
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const body = rest.join('\r\n\r\n')
  if (!/^transfer-encoding: chunked$/im.test(head)) return answer
  let whole = ''
  for (let at = 0; at < body.length;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(body.slice(at, at + 20)) ?? []
    if (line === '') break
    const start = at + line.length
    at = start + parseInt(size, 16) + 2
    whole += body.slice(start, at - 2)
  }
  return `${head}\r\n\r\n${whole}`
}

/** A log as a reader of its JSON sees it: every string in it without escapes. */
export function stringsOf (jsonLines: string): string {
  const strings: string[] = []
  for (const line of jsonLines.split('\n')) {
    if (line === '') continue
    JSON.parse(line, (name, value: unknown) => {
      strings.push(name)
      if (typeof value === 'string') strings.push(value)
      return value
    })
  }
  return strings.join('\n')
}

// What can be told about an API key by looking at it. LangSmith publishes no grammar; the known form
// is the one that secret scanners look for: `lsv2_`, `pt` or `sk`, 32 hex digits, 10 hex digits.

import type { KeyDefect, KeyKind, KeyShape } from './credential.ts'
import { isPlaceholder } from './placeholder.ts'

const KNOWN_FORM = /^lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}$/i
const KNOWN_LENGTH = 51
/** A piece of a key: its first letters, or its end, may be lost. */
const PIECE = /(?:^|_)(?:pt|sk)_[0-9a-f]{8,}|^lsv2_(?:pt|sk)_/i
const QUOTES = '"\'`\u201c\u201d\u2018\u2019'
const QUOTES_AROUND = new RegExp(`^[${QUOTES}]+|[${QUOTES}]+$`, 'g')
const NAME_BEFORE = /^(?:export\s+|set\s+)?[a-z][\w-]*\s*[=:]\s*(?=[^\s/])/i
const BEARER_BEFORE = /^bearer\s+/i

/**
 * The value without what editors and shells leave around it: blanks, line ends, byte order mark.
 * Nothing inside is touched.
 */
export function tidy (text: string): string {
  return text.trim()
}

/**
 * Judges a key by its text. Never changes it: a quoted key is sent with its quotes, and the defect says so.
 *
 * @param text - Tidied first.
 * @returns The kind of the key itself, without quotes or prefix around it, and every defect, most telling first.
 */
export function inspectKey (text: string): KeyShape {
  const sent = tidy(text)
  const found: KeyDefect[] = []
  const key = peel(sent, found)

  if (isPlaceholder(key) || isPlaceholder(sent)) found.push('placeholder')
  if (key.startsWith('ls__')) found.push('legacy')
  // A tab is a blank here: a header may carry it.
  if (/[ \t\u00a0]/.test(key)) found.push('inner-blank')
  if (CONTROL.test(key)) found.push('control-character')
  // eslint-disable-next-line no-control-regex -- the whole of ASCII is meant, control characters are told apart above
  if (/[^\x00-\x7f]/.test(key)) found.push('non-ascii')
  // The form says something new only where nothing above explains why it is not the known one.
  if (!KNOWN_FORM.test(key) && found.every((defect) => AROUND.includes(defect))) found.push(formDefect(key))
  return { kind: kindOf(key), defects: found }
}

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/
/** Defects of what is around the key. */
const AROUND: readonly KeyDefect[] = ['quotes', 'bearer-prefix', 'assignment']

/** Takes off what is around the key, layer by layer (`KEY="Bearer …"` has three), and notes what it was. */
function peel (text: string, found: KeyDefect[]): string {
  const layers: readonly [KeyDefect, RegExp][] = [
    ['quotes', QUOTES_AROUND], ['assignment', NAME_BEFORE], ['quotes', QUOTES_AROUND], ['bearer-prefix', BEARER_BEFORE]
  ]
  let key = text
  for (const [defect, pattern] of layers) {
    // `file:/run/secrets/key` looks like an assignment and is a placeholder.
    if (defect === 'assignment' && isPlaceholder(key)) continue
    const rest = key.replace(pattern, '')
    if (rest !== key && !found.includes(defect)) found.push(defect)
    key = rest.trim()
  }
  return key
}

function kindOf (key: string): KeyKind {
  if (key.startsWith('lsv2_pt_')) return 'personal'
  if (key.startsWith('lsv2_sk_')) return 'service'
  return key.startsWith('ls__') ? 'legacy' : 'other'
}

function formDefect (key: string): KeyDefect {
  return PIECE.test(key) && key.length !== KNOWN_LENGTH ? 'wrong-length' : 'unknown-shape'
}

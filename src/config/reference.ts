// Secret references: where a value is kept, `scheme:rest`. The value itself is read in secrets/.

import type { SecretReference } from './config.ts'
import type { Parsed } from './mistakes.ts'
import { suggestion } from './suggest.ts'

const BUILT = ['env', 'file']
const SCHEMES = [...BUILT, 'exec', 'store', 'vault']

const USE_A_REFERENCE = 'must be a reference such as env:LANGSMITH_API_KEY or file:/run/secrets/langsmith-api-key, not the key itself'

/** Where a reference was written. */
export interface ReferenceOrigin {
  /** For messages, e.g. `config.yaml:12 credentials.us.apiKey`. */
  readonly setAt: string
  /** Makes the path of a `file:` reference absolute. */
  readonly resolve: (path: string) => string
}

/** True for text that starts with a scheme that this program knows. */
export function isReference (text: string): boolean {
  return SCHEMES.includes(schemeOf(text) ?? '')
}

/**
 * Reads a reference. Whatever is wrong, the text is not quoted: it may be the key itself.
 *
 * @param text - As written in the settings.
 * @param origin - Where that was.
 */
export function parseReference (text: string, origin: ReferenceOrigin): Parsed<SecretReference> {
  const scheme = schemeOf(text)
  if (scheme === undefined) return { mistake: USE_A_REFERENCE }
  if (!SCHEMES.includes(scheme)) {
    return { mistake: `must start with ${SCHEMES.map((known) => `${known}:`).join(', ')}${suggestion(scheme, SCHEMES)}` }
  }
  if (!BUILT.includes(scheme)) {
    return { mistake: `references to ${scheme}: are not available yet; use env: or file:`, code: 'not-available' }
  }
  const rest = text.slice(scheme.length + 1)
  const parsed = scheme === 'env' ? parseVariable(rest) : parseFile(rest, origin.resolve)
  if (parsed.mistake !== undefined) return parsed
  return { value: { scheme, rest: parsed.value, text: `${scheme}:${parsed.value}`, setAt: origin.setAt } }
}

function schemeOf (text: string): string | undefined {
  return /^([a-z]+):/.exec(text)?.[1]
}

function parseVariable (name: string): Parsed<string> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { mistake: 'must name one variable after env:, such as env:LANGSMITH_API_KEY' }
  // A key that somebody put behind env: would otherwise be shown as the name of a missing variable.
  if (/^(lsv2|ls_)_/.test(name)) return { mistake: USE_A_REFERENCE }
  return { value: name }
}

function parseFile (rest: string, resolve: (path: string) => string): Parsed<string> {
  const [path = '', ...key] = rest.split('#')
  if (path.trim() === '') return { mistake: 'must name a file after file:, such as file:/run/secrets/langsmith-api-key' }
  if (path.startsWith('~')) return { mistake: 'must give the whole path; ~ is not replaced' }
  return { value: [resolve(path), ...key].join('#') }
}

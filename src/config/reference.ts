// Secret references: where a value is kept, `scheme:rest`. The value itself is read in secrets/.

import { splitCommand } from './command-words.ts'
import type { SecretReference } from './config.ts'
import type { Parsed } from './mistakes.ts'
import { suggestion } from './suggest.ts'
import { hideKeys } from '../hide-keys.ts'

const USE_A_REFERENCE = 'must be a reference such as env:LANGSMITH_API_KEY or file:/run/secrets/langsmith-api-key, not the key itself'

/** Where a reference was written. */
export interface ReferenceOrigin {
  /** For messages, e.g. `config.yaml:12 credentials.us.apiKey`. */
  readonly setAt: string
  /** Makes the path of a `file:` reference absolute. */
  readonly resolve: (path: string) => string
}

/** What each scheme makes of the text behind it; `text` is what may be printed of it. */
type Parts = Pick<SecretReference, 'rest' | 'field' | 'args'> & { readonly text: string }
type ParseRest = (rest: string, origin: ReferenceOrigin, args: readonly string[]) => Parsed<Parts>

const PARSERS: Readonly<Record<string, ParseRest>> = { env: parseVariable, file: parseFile, exec: parseExec, store: parseStore, vault: parseVault }
const SCHEMES = Object.keys(PARSERS)

/** True for text that starts with a scheme that this program knows. */
export function isReference (text: string): boolean {
  return SCHEMES.includes(schemeOf(text) ?? '')
}

/**
 * Reads a reference. Whatever is wrong, the text is not quoted: it may be the key itself.
 *
 * @param written - As written in the settings; a list holds the words of an `exec:` command.
 * @param origin - Where that was.
 */
export function parseReference (written: string | readonly string[], origin: ReferenceOrigin): Parsed<SecretReference> {
  const [text = '', ...args] = typeof written === 'string' ? [written] : written
  const scheme = schemeOf(text)
  if (scheme === undefined) return { mistake: USE_A_REFERENCE }
  const parse = PARSERS[scheme]
  if (parse === undefined) return { mistake: `must start with ${SCHEMES.map((known) => `${known}:`).join(', ')}${suggestion(scheme, SCHEMES)}` }
  if (typeof written !== 'string' && scheme !== 'exec') return { mistake: 'must be text; only the words of an exec: command may be a list' }
  const parsed = parse(text.slice(scheme.length + 1), origin, args)
  if (parsed.mistake !== undefined) return parsed
  const { text: shown, ...parts } = parsed.value
  return { value: { scheme, ...parts, text: `${scheme}:${hideKeys(shown)}`, setAt: origin.setAt } }
}

function schemeOf (text: string): string | undefined {
  return /^([a-z]+):/.exec(text)?.[1]
}

/** A key that somebody put behind a scheme would otherwise be shown as the name of something that is missing. */
function looksLikeKey (text: string): boolean {
  return /^(lsv2|ls_)_/.test(text)
}

function parseVariable (name: string): Parsed<Parts> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { mistake: 'must name one variable after env:, such as env:LANGSMITH_API_KEY' }
  if (looksLikeKey(name)) return { mistake: USE_A_REFERENCE }
  return { value: { rest: name, text: name } }
}

function parseFile (rest: string, { resolve }: ReferenceOrigin): Parsed<Parts> {
  const { before, field } = splitField(rest)
  if (before.trim() === '') return { mistake: 'must name a file after file:, such as file:/run/secrets/langsmith-api-key' }
  if (before.startsWith('~')) return { mistake: 'must give the whole path; ~ is not replaced' }
  if (field === '') return { mistake: 'must name an entry of the file after #, such as file:/run/secrets/keys.json#langsmith' }
  const path = resolve(before)
  return { value: { rest: path, ...(field === undefined ? { text: path } : { field, text: `${path}#${field}` }) } }
}

function parseExec (command: string, { resolve }: ReferenceOrigin, args: readonly string[]): Parsed<Parts> {
  const words = args.length === 0 ? splitCommand(command) : [command, ...args]
  if (words === undefined) return { mistake: 'has a quote that is not closed' }
  const [program, ...rest] = words
  if (program === undefined || program.trim() === '') return { mistake: 'must name a program after exec:, such as exec:pass show langsmith' }
  if (program.startsWith('~')) return { mistake: 'must give the whole path; ~ is not replaced' }
  if (looksLikeKey(program)) return { mistake: USE_A_REFERENCE }
  // As in a shell: a name is looked for in PATH, a path is relative to the config file.
  const found = program.includes('/') ? resolve(program) : program
  return { value: { rest: found, args: rest, text: rest.length === 0 ? found : `${found} …` } }
}

function parseStore (rest: string): Parsed<Parts> {
  const { before, field } = splitField(rest)
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(before)) return { mistake: 'must name a stored secret after store:, such as store:us; letters, digits, ".", "-" and "_"' }
  if (looksLikeKey(before)) return { mistake: USE_A_REFERENCE }
  if (field !== undefined && field !== 'workspaceId') return { mistake: 'may end in #workspaceId and nothing else' }
  return { value: { rest: before, ...(field === undefined ? { text: before } : { field, text: rest }) } }
}

function parseVault (rest: string): Parsed<Parts> {
  const { before, field } = splitField(rest)
  if (!/^[^\s?#/][^\s?#]*$/.test(before) || before.endsWith('/') || before.split('/').includes('..')) {
    return { mistake: 'must name a path after vault:, as in vault:secret/data/langsmith#api_key' }
  }
  if (field === undefined || field === '') return { mistake: 'must name a field after #, as in vault:secret/data/langsmith#api_key' }
  return { value: { rest: before, field, text: rest } }
}

/** The field follows the last `#`. */
function splitField (rest: string): { readonly before: string, readonly field: string | undefined } {
  const at = rest.lastIndexOf('#')
  return at === -1 ? { before: rest, field: undefined } : { before: rest.slice(0, at), field: rest.slice(at + 1) }
}

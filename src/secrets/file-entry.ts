// `file:/path#entry`: one entry of a YAML, JSON or .env file.
//
// JSON is read by the YAML parser, as the config file is: YAML 1.2 includes it, and the parser knows lines.

import { basename, extname } from 'node:path'
import { parseEnv } from 'node:util'
import { LineCounter, parseDocument } from 'yaml'
import type { SecretReference } from '../config/config.ts'
import { isTooDeep } from '../config/yaml-depth.ts'
import { ProxyError } from '../errors.ts'

/** More of them can make a small file huge; the library's own limit, written down. */
const MAX_ALIASES = 100

type Group = Readonly<Record<string, unknown>>

/**
 * Looks an entry up: by its name at the top of the file, else as a path of names with dots between.
 *
 * @param text - The whole file.
 * @param field - Name of the entry.
 * @returns Its text, as it is; empty when nothing stands behind the name; undefined when there is no such entry.
 * @throws ProxyError `secret-unusable` when the file cannot be parsed (with the line, never quoting it) or the entry is not text.
 */
export function entryOf (text: string, field: string, reference: SecretReference): string | undefined {
  const content = isDotenv(reference.rest, text) ? parseEnv(text) : parseYaml(text, reference)
  if (content === null) return undefined
  if (!isGroup(content)) {
    throw new ProxyError('secret-unusable', `${reference.text} names an entry, but the file holds ${kindOf(content)} and no names`,
      { hint: 'leave out # and what follows if the whole file is the key' })
  }
  const value = Object.hasOwn(content, field) ? content[field] : follow(content, field.split('.'))
  if (value === undefined || typeof value === 'string') return value
  if (value === null) return ''
  throw new ProxyError('secret-unusable', `${reference.text} is ${kindOf(value)}, not text`,
    { hint: isGroup(value) ? 'name one entry of the group, with a dot between the names' : 'put the key in quotes, as one text' })
}

/** By its name, else by its first line that says something. */
function isDotenv (path: string, text: string): boolean {
  const name = basename(path)
  if (extname(name) === '.env' || name.startsWith('.env')) return true
  if (['.json', '.yaml', '.yml'].includes(extname(name))) return false
  const first = text.split('\n').map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'))
  return /^(export\s+)?[A-Za-z_][\w.-]*\s*=/.test(first ?? '')
}

function parseYaml (text: string, reference: SecretReference): unknown {
  if (isTooDeep(text)) throw tooDeep(reference)
  const lines = new LineCounter()
  let problem: { readonly pos: readonly [number, number] } | undefined
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: 'error' })
    // A warning is an unknown tag: what is tagged is not what it looks like.
    problem = document.errors[0] ?? document.warnings[0]
    if (problem === undefined) return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown
  } catch {
    // Not kept as the cause, as the errors above are not: the library's messages quote the file.
    throw tooDeep(reference)
  }
  throw new ProxyError('secret-unusable', `${reference.text}: line ${lines.linePos(problem.pos[0]).line} of the file cannot be read as YAML or JSON`,
    { hint: 'check the quotes, colons, brackets and indentation there; tags and several documents in one file are not supported' })
}

function tooDeep (reference: SecretReference): ProxyError {
  return new ProxyError('secret-unusable', `${reference.text}: the file is nested too deep, or its aliases (*name) cannot be followed`,
    { hint: 'write the values out, or keep the key in a file of its own' })
}

function follow (content: Group, names: readonly string[]): unknown {
  let value: unknown = content
  for (const name of names) {
    // Own names only: every object inherits `constructor` and the like.
    if (!isGroup(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

function isGroup (value: unknown): value is Group {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function kindOf (value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isGroup(value)) return 'a group of entries'
  return { string: 'one text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'something else'
}

// Reads the text of a config file (YAML, and with it JSON) into a tree whose settings know their lines.

import { basename } from 'node:path'
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type YAMLError } from 'yaml'
import type { Mistakes } from './mistakes.ts'
import { showPath, type Path } from './schema-node.ts'
import { showName } from './suggest.ts'
import { isGroup, type SettingsTree } from './tree.ts'
import { isTooDeep } from './yaml-depth.ts'

// The library's own messages quote the file, which may hold a key that somebody pasted by mistake.
const YAML_MISTAKES: Partial<Record<YAMLError['code'], string>> = {
  DUPLICATE_KEY: 'the same name is set twice in one group; keep one of them',
  BAD_INDENT: 'the indentation does not fit: this line is indented differently from its neighbours, or a bracket, brace or quote before it is not closed',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  MISSING_CHAR: 'something is not closed or not separated: look for a missing ": ", quote, bracket or comma, or this line is indented differently from its neighbours',
  MULTIPLE_DOCS: 'one file holds one document; remove the --- between them',
  NON_STRING_KEY: 'a name must be plain text',
  TAG_RESOLVE_FAILED: 'tags such as !name are not supported',
  MULTILINE_IMPLICIT_KEY: 'a name must fit on one line: look for a missing ": ", or the next line is indented too far',
  BLOCK_AS_IMPLICIT_KEY: 'this line reads as two names: the next line is indented too far, or a value with ": " in it needs quotes',
  BAD_SCALAR_START: 'this value must be in quotes because of its first character'
}
const OTHER_YAML_MISTAKE = 'this line cannot be read as YAML or JSON; check quotes, colons, and that it is indented like its neighbours'

/**
 * Parses a config file.
 *
 * @param text - The whole file.
 * @param path - Its path; messages show the last part.
 * @param mistakes - Gets what is wrong with the form of the file, by line.
 * @param blanks - Whether a name with nothing behind it counts as not set, or stays, for the schema to refuse.
 * @returns Undefined after a mistake.
 */
export function parseConfigFile (text: string, path: string, mistakes: Mistakes, blanks: 'unset' | 'refused' = 'unset'): SettingsTree | undefined {
  const file = basename(path)
  if (isTooDeep(text)) {
    mistakes.add(`${file}:1`, 'the file is nested too deep')
    return undefined
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: 'error' })
  const lineOf = (offset: number) => lines.linePos(offset).line
  const problems = [...document.errors, ...document.warnings]
  const told = new Set<number>()
  for (const { code, pos } of problems) {
    const line = lineOf(pos[0])
    // The first problem of a line brings others about, which would only contradict it.
    if (told.has(line)) continue
    told.add(line)
    mistakes.add(`${file}:${String(line)}`, YAML_MISTAKES[code] ?? OTHER_YAML_MISTAKE)
  }
  if (problems.length > 0) return undefined
  const written = toValue(document, file, mistakes)
  const value = blanks === 'unset' ? withoutBlanks(written) : written
  if (value === undefined) return undefined
  if (!isGroup(value)) {
    mistakes.add(`${file}:1`, 'must hold settings in the form name: value')
    return undefined
  }
  // For the editor of whoever writes the file as JSON.
  const { $schema, ...settings } = value
  return { value: typeof $schema === 'string' ? settings : value, place: (path) => `${file}:${String(lineOf(offsetOf(document, path)))} ${showPath(path.map(showName))}`.trimEnd() }
}

function toValue (document: Document.Parsed, file: string, mistakes: Mistakes): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    // Aliases without an anchor, or that multiply into something huge. Not kept as the cause: its message quotes the file.
    mistakes.add(`${file}:1`, 'aliases (*name) cannot be followed; write the values out')
    return undefined
  }
}

// A name with nothing behind it counts as not set, as an empty variable does.
function withoutBlanks (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks)
  if (!isGroup(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, child]) => child !== null).map(([name, child]) => [name, withoutBlanks(child)]))
}

/** Where the name (or list item) starts; where it is missing, its nearest parent. */
function offsetOf (document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents
  let offset = document.contents?.range[0] ?? 0
  for (const name of path) {
    if (isAlias(node)) node = node.resolve(document)
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === name) : undefined
    const start: unknown = pair?.key ?? (isSeq(node) ? node.items[Number(name)] : undefined)
    if (!isScalar(start) && !isCollection(start) && !isAlias(start)) return offset
    offset = start.range?.[0] ?? offset
    node = pair?.value ?? start
  }
  return offset
}

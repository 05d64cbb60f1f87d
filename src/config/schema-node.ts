// The settings schema as plain JSON Schema, for code that walks it: TypeBox types say what a value
// is, not what a schema looks like.

import type { TSchema } from 'typebox'

export interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly default?: unknown
  readonly description?: string
  /** What is accepted, in words. */
  readonly expects?: string
}

/** Names from the root of the settings; list items by their index. */
export type Path = readonly string[]

/** A setting that holds a value, not a group; list items and chosen names are `[]` and `NAME`. */
export interface Leaf {
  readonly path: Path
  readonly node: SchemaNode
}

/** The schema without its TypeBox types. */
export function nodeOf (schema: TSchema): SchemaNode {
  return schema
}

/** All leaves below a schema, in the order they are written. */
export function leavesOf (node: SchemaNode, path: Path = []): readonly Leaf[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([name, child]) => leavesOf(child, [...path, name]))
  }
  if (node.patternProperties !== undefined) {
    return Object.values(node.patternProperties).flatMap((child) => leavesOf(child, [...path, 'NAME']))
  }
  // A list of groups has leaves of its own; a list of plain values is one setting.
  if (node.items?.properties !== undefined) return leavesOf(node.items, [...path, '[]'])
  return [{ path, node }]
}

/** `routes[1].region`: how messages and pages write a path. */
export function showPath (path: Path): string {
  return path.map((name, at) => {
    if (name === '[]') return '[]'
    // Credentials have names, even if somebody chose a number.
    if (/^\d+$/.test(name) && path[at - 1] !== 'credentials') return `[${name}]`
    return at === 0 ? name : `.${name}`
  }).join('')
}

/** What a setting accepts, as the end of a sentence that starts with "must be". */
export function describeAccepted (node: SchemaNode): string {
  if (node.expects !== undefined) return node.expects
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`
  if (node.type === 'boolean') return 'true or false'
  if (node.type === 'integer') return describeInteger(node)
  if (node.type === 'object') return 'a group of settings (name: value)'
  return 'text'
}

function describeInteger ({ minimum, maximum }: SchemaNode): string {
  const from = minimum === undefined ? '' : ` from ${String(minimum)}`
  return `a whole number${from}${maximum === undefined ? '' : ` to ${String(maximum)}`}`
}

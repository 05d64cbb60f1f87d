// Settings that come as text: variables and flags. env-schema turns the text into the types of the
// schema, as it is made for; the file, which has types of its own, does not pass through here.

import type { ErrorObject } from 'ajv'
import { envSchema } from 'env-schema'
import type { Mistakes } from './mistakes.ts'
import { describeAccepted, leavesOf, nodeOf, type Leaf, type SchemaNode } from './schema-node.ts'
import { GeneralSchema } from './schema.ts'
import { suggestion } from './suggest.ts'
import type { Override } from './tree.ts'

export const PREFIX = 'LANGSMITH_PROXY_'

/** A setting as text. */
export interface FlatSetting {
  /** The variable of the setting's path, e.g. `LANGSMITH_PROXY_LISTEN_PORT`. */
  readonly variable: string
  /** What was really set: that variable, its short form, or a flag. */
  readonly place: string
  readonly text: string
}

/** Leaves outside credentials and routes, by the variable of their path. */
export const LEAVES: ReadonlyMap<string, Leaf> = new Map(leavesOf(nodeOf(GeneralSchema)).map((leaf) => [variableOf(leaf), leaf]))

/** The settings with the types of the schema; what does not fit is a mistake at its place. */
export function readFlat (settings: readonly FlatSetting[], mistakes: Mistakes): readonly Override[] {
  // Most people set none.
  if (settings.length === 0) return []
  const { values, refused } = convert(settings)
  for (const { variable, place, text } of settings.filter((setting) => refused.includes(setting.variable))) {
    const node = LEAVES.get(variable)?.node ?? {}
    mistakes.add(place, `must be ${describeAccepted(node)}${suggestion(text, node.enum ?? [])}`)
  }
  return settings.flatMap(({ variable, place }) => {
    const leaf = LEAVES.get(variable)
    return leaf === undefined || refused.includes(variable) ? [] : [{ path: leaf.path, value: trimItems(values[variable]), place }]
  })
}

// env-schema gives all values or none: what it refuses is left out, and the rest tried again.
function convert (settings: readonly FlatSetting[]): { values: Readonly<Record<string, unknown>>, refused: readonly string[] } {
  const data = Object.fromEntries(settings.map(({ variable, text }) => [variable, text]))
  try {
    return { values: envSchema({ schema: schemaOf(settings), data, env: false }), refused: [] }
  } catch (error) {
    const refused = refusedVariables(error)
    const { values } = convert(settings.filter(({ variable }) => !refused.includes(variable)))
    return { values, refused }
  }
}

function refusedVariables (error: unknown): readonly string[] {
  if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) throw error
  return (error.errors as readonly ErrorObject[]).map(({ instancePath }) => instancePath.slice(1))
}

// Of what is set only: compiling the schema of everything would be a tenth of a start.
function schemaOf (settings: readonly FlatSetting[]): object {
  return { type: 'object', properties: Object.fromEntries(settings.map(({ variable }) => [variable, flatNode(LEAVES.get(variable)?.node ?? {})])) }
}

// Descriptions and defaults stay out: an unset variable must not hide what the file says.
function flatNode ({ type, enum: names, minimum, maximum, pattern }: SchemaNode): Readonly<Record<string, unknown>> {
  if (type === 'array') return { type: 'string', separator: ',' }
  const limits = { enum: names, minimum, maximum, pattern }
  return { type, ...Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)) }
}

function trimItems (value: unknown): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => String(item).trim()).filter((item) => item !== '') : value
}

function variableOf ({ path }: Leaf): string {
  const words = path.flatMap((name) => name.split(/(?=[A-Z])/))
  return PREFIX + words.join('_').toUpperCase()
}

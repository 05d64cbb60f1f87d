// The settings schema for editors: config/schema.json, which completes and checks a config file while
// somebody types it.

import { nodeOf, type SchemaNode } from './schema-node.ts'
import { OWN_KEYWORDS } from './schema-parts.ts'
import { FileSchema } from './schema.ts'

/** The text of config/schema.json: JSON Schema draft 07, which all editors know. */
export function renderJsonSchema (): string {
  const { properties, ...rest } = forEditors(nodeOf(FileSchema))
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Config file of langsmith-proxy',
    ...rest,
    // Where a JSON file names its schema; config-file.ts drops it.
    properties: { $schema: { type: 'string', description: 'The schema of this file, for editors.' }, ...properties }
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

function forEditors (node: SchemaNode): SchemaNode {
  const known = Object.entries(node).filter(([keyword]) => !OWN_KEYWORDS.includes(keyword))
  return {
    ...Object.fromEntries(known),
    ...node.properties === undefined ? {} : { properties: mapValues(node.properties), required: requiredOf(node) },
    ...node.patternProperties === undefined ? {} : { patternProperties: mapValues(node.patternProperties) },
    ...node.items === undefined ? {} : { items: forEditors(node.items) }
  }
}

function mapValues (nodes: Readonly<Record<string, SchemaNode>>): Readonly<Record<string, SchemaNode>> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, forEditors(node)]))
}

// What has a default is always there for the program, but nobody must write it.
function requiredOf ({ required = [], properties = {} }: SchemaNode): readonly string[] {
  return required.filter((name) => properties[name]?.default === undefined)
}

// The list of settings for people: --help, the table in the README and docs/settings.md come from it.

import { CONFIG_VARIABLE, SHORT_FORMS } from './environment.ts'
import { LEAVES } from './flat.ts'
import { describeAccepted, leavesOf, nodeOf, showPath, type SchemaNode } from './schema-node.ts'
import { FileSchema } from './schema.ts'

export interface Setting {
  /** `listen.port`, `credentials.NAME.apiKey`, `routes[].prefix`. */
  readonly path: string
  /** Its variable; undefined below credentials and routes, which are for the file. */
  readonly variable: string | undefined
  /** A shorter name of the variable. */
  readonly shortVariable: string | undefined
  /** What is accepted, in words; lists are separated by commas in a variable. */
  readonly type: string
  /** As one would write it in the file; undefined for none. */
  readonly default: string | undefined
  readonly description: string
}

/** A variable that is no setting of the file. */
export interface PlainVariable {
  readonly variable: string
  readonly description: string
}

/** The variables that work without a file, and the one that names the file. */
export const PLAIN_VARIABLES: readonly PlainVariable[] = [
  { variable: 'LANGSMITH_API_KEY', description: 'Without a config file: the API key; without it, the one that "langsmith-proxy init" stored.' },
  { variable: 'LANGSMITH_WORKSPACE_ID', description: 'Without a config file: the workspace, for keys that cover several.' },
  { variable: 'LANGSMITH_REGION', description: 'Without a config file: us, eu, apac or aws; us if neither this nor LANGSMITH_ENDPOINT is set.' },
  { variable: 'LANGSMITH_ENDPOINT', description: 'Without a config file: address of another LangSmith, e.g. a self-hosted one.' },
  { variable: CONFIG_VARIABLE, description: 'Path of the config file, as --config.' }
]

/** All settings, in the order of the schema. */
export function listSettings (): readonly Setting[] {
  const variables = new Map([...LEAVES].map(([variable, { path }]) => [showPath(path), variable]))
  return leavesOf(nodeOf(FileSchema)).map((leaf) => {
    const path = showPath(leaf.path)
    const variable = variables.get(path)
    const { node } = leaf
    return {
      path,
      variable,
      shortVariable: Object.entries(SHORT_FORMS).find(([, long]) => long === variable)?.[0],
      type: describeAccepted(node),
      default: showDefault(node),
      description: node.description ?? ''
    }
  })
}

function showDefault ({ default: value }: SchemaNode): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

// What a command is, and what it gets. One file per command; the table is table.ts.

import type { ParseArgsConfig } from 'node:util'

export interface CommandContext {
  /** A copy, so that what is deleted from process.env is still there. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  /** The words that are no flags, for a command that takes some. */
  readonly operands?: readonly string[]
  /** The words after `--`, for a command that runs them. */
  readonly rest?: readonly string[]
  readonly version: string
  /** Prints to stdout. */
  readonly print: (text: string) => void
  /** Waits until that is written; the code of the system where it could not be. Without it, nothing is known of that. */
  readonly printed?: () => Promise<string | undefined>
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What follows the name in the usage line. */
  readonly usage: string
  /** More for `--help`: lines of text. */
  readonly help: readonly string[]
  readonly options: NonNullable<ParseArgsConfig['options']>
  /** What the words after the name are, in their order; without it, the command takes flags only. */
  readonly operands?: readonly string[]
  /** The words after `--` are another program's command line, and none of ours. */
  readonly takesRest?: true
  /** @returns The exit code. @throws ProxyError, which main.ts prints. */
  run: (context: CommandContext) => Promise<number>
}

/** Flags of every command that reads the config. */
export const CONFIG_OPTIONS = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'log-level': { type: 'string' },
  quiet: { type: 'boolean' },
  'allow-missing-secrets': { type: 'boolean' }
} as const satisfies Command['options']

export const CONFIG_HELP: readonly string[] = [
  '  --config FILE      YAML or JSON; else LANGSMITH_PROXY_CONFIG, else ~/.config/langsmith-proxy/config.yaml',
  '  --host HOST        where to listen (localhost)',
  '  --port PORT        0 picks a free one (5764)',
  '  --log-level LEVEL  debug, info, warn, error or silent',
  '  --quiet            only errors',
  '  --allow-missing-secrets  go on without a secret that cannot be read; its routes answer 503 until it can'
]

/** A flag that takes a value; undefined where it was not given. */
export function textFlag (flags: CommandContext['flags'], name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

// What --help prints.

import { COMMANDS } from './table.ts'
import type { Command } from './command.ts'

/** The list of commands. */
export function overview (version: string): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  return [
    `langsmith-proxy ${version}: adds the right LangSmith key to requests of tools that know none`,
    '',
    'Usage: langsmith-proxy [COMMAND] [FLAGS]',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Start here:',
    '  langsmith-proxy demo                                     try it without an account',
    '  langsmith-proxy init                                     store your key once; after that, langsmith-proxy alone',
    '  LANGSMITH_API_KEY=… langsmith-proxy                      or without storing it; then call http://localhost:5764',
    '  langsmith-proxy run -- curl {}/api/v1/info               a proxy around one command, for as long as that runs',
    '  langsmith-proxy COMMAND --help                           flags of a command',
    ''
  ].join('\n')
}

export function helpOf ({ name, summary, usage, help }: Command): string {
  return [`Usage: langsmith-proxy ${name} ${usage}`, '', summary, '', ...help, ''].join('\n')
}

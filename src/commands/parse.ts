// The command line: which command, with which flags. Pure.

import { parseArgs } from 'node:util'
import { nearest, showName } from '../config/suggest.ts'
import type { Command, CommandContext } from './command.ts'
import { COMMANDS } from './table.ts'
import { ProxyError } from '../errors.ts'
import { inspectKey } from '../secrets/key-shape.ts'

export type CommandLine
  = | { readonly kind: 'version' | 'overview' }
    | { readonly kind: 'help', readonly command: Command }
    | { readonly kind: 'run', readonly command: Command, readonly flags: CommandContext['flags'], readonly operands: readonly string[], readonly rest: readonly string[] }

/** @param args - Without node and script. @throws ProxyError `usage-invalid`, `not-available`. */
export function parseCommandLine (args: readonly string[]): CommandLine {
  const [first] = args
  if (first === '--version' || first === '-v') return { kind: 'version' }
  const { own, rest } = splitRest(args)
  const asksHelp = first === 'help' || own.includes('--help') || own.includes('-h')
  const { name, flagArgs } = splitCommand(first === 'help' ? own.slice(1) : own)
  if (asksHelp) return name === undefined && isHelp(first) ? { kind: 'overview' } : { kind: 'help', command: commandOf(name ?? 'start') }
  const command = commandOf(name ?? 'start')
  if (command.takesRest === true) return { kind: 'run', command, ...wordsOf(command, flagArgs), rest }
  return { kind: 'run', command, ...wordsOf(command, rest.length === 0 ? flagArgs : [...flagArgs, '--', ...rest]), rest: [] }
}

/** `--` ends what may be ours. */
function splitRest (args: readonly string[]): { readonly own: readonly string[], readonly rest: readonly string[] } {
  const at = args.indexOf('--')
  return at === -1 ? { own: args, rest: [] } : { own: args.slice(0, at), rest: args.slice(at + 1) }
}

function isHelp (word: string | undefined): boolean {
  return word === 'help' || word === '--help' || word === '-h'
}

/** Every flag there is; the same name is of the same type everywhere. */
const ALL_OPTIONS: Command['options'] = Object.fromEntries(COMMANDS.flatMap(({ options }) => Object.entries(options)))

/** The first word is the command; after flags, only a word that names one. */
function splitCommand (args: readonly string[]): { readonly name: string | undefined, readonly flagArgs: readonly string[] } {
  const { tokens } = parseArgs({ args: [...args], options: ALL_OPTIONS, strict: false, allowPositionals: true, tokens: true })
  const word = tokens.find((token) => token.kind === 'positional' && (token.index === 0 || isCommand(token.value)))
  if (word?.kind !== 'positional') return { name: undefined, flagArgs: args }
  return { name: word.value, flagArgs: args.filter((_, i) => i !== word.index) }
}

function isCommand (name: string): boolean {
  return COMMANDS.some((known) => known.name === name)
}

function commandOf (name: string): Command {
  refuseKey(name)
  const command = COMMANDS.find((known) => known.name === name)
  if (command !== undefined) return command
  const near = nearest(name, COMMANDS.map((known) => known.name))
  throw new ProxyError('usage-invalid', 'there is no such command', near === undefined ? {} : { hint: `did you mean langsmith-proxy ${near}?` })
}

// Not strict: parseArgs would repeat the words in its errors, and a word may be a key that was pasted.
function wordsOf (command: Command, args: readonly string[]): { readonly flags: CommandContext['flags'], readonly operands: readonly string[] } {
  const { tokens, values } = parseArgs({ args: [...args], options: command.options, strict: false, allowPositionals: true, tokens: true })
  const operands = tokens.flatMap((token) => token.kind === 'positional' ? [token.value] : [])
  operands.forEach(refuseKey)
  // First, because the value of a flag that does not exist looks like a word.
  for (const token of tokens) if (token.kind === 'option') checkFlag(command, token)
  const { operands: names = [] } = command
  if (operands.length > names.length && command.takesRest === true) throw usageError(command, 'the command to run must stand after --', `as in langsmith-proxy ${command.name} -- curl {}/info`)
  if (operands.length > names.length) throw usageError(command, names.length === 0 ? `${command.name} takes flags only` : `${command.name} takes ${names.join(' and ')}, and nothing more`)
  return { flags: values, operands }
}

function refuseKey (word: string): void {
  if (inspectKey(word).kind === 'other') return
  throw new ProxyError('usage-invalid', 'a key does not belong on the command line, where the shell keeps it and other programs see it', {
    hint: 'run langsmith-proxy secrets set NAME, which asks for the key or reads it from stdin'
  })
}

interface Flag { readonly name: string, readonly rawName: string, readonly value: string | undefined, readonly inlineValue: boolean | undefined }

function checkFlag (command: Command, { name, rawName, value, inlineValue }: Flag): void {
  switch (Object.hasOwn(command.options, name) ? command.options[name]?.type : undefined) {
    case undefined: {
      const near = nearest(name, Object.keys(command.options))
      const dashes = rawName.startsWith('--') ? '--' : '-'
      throw usageError(command, `${command.name} has no flag ${dashes}${showName(name)}`, near === undefined ? undefined : `did you mean --${near}?`)
    }
    case 'string':
      if (value === undefined || (inlineValue !== true && value.startsWith('-'))) throw usageError(command, `--${name} needs a value`)
      break
    case 'boolean':
      if (value !== undefined) throw usageError(command, `--${name} takes no value`)
  }
}

function usageError ({ name }: Command, message: string, hint = `run langsmith-proxy ${name} --help`): ProxyError {
  return new ProxyError('usage-invalid', message, { hint })
}

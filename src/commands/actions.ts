// Commands with actions of their own, such as `secrets set NAME`: finds out which one is meant, and whether its words fit.

import type { CommandContext } from './command.ts'
import { nearest } from '../config/suggest.ts'
import { ProxyError } from '../errors.ts'

export interface Action {
  /** Flags besides --config. */
  readonly flags: readonly string[]
  readonly takesName: boolean
  /** @param name - Checked; empty where the action takes none. @returns The exit code. */
  readonly run: (context: CommandContext, name: string) => Promise<number>
}

export interface CommandWithActions {
  readonly command: string
  readonly actions: Readonly<Record<string, Action>>
  /** What the name is the name of. */
  readonly thing: string
  /** @throws ProxyError that does not repeat the name: it may be a key. */
  readonly checkName: (name: string) => void
}

/** Runs the action that the operands name. @throws ProxyError `usage-invalid`. */
export function runAction ({ command, actions, thing, checkName }: CommandWithActions, context: CommandContext): Promise<number> {
  const [word = '', name] = context.operands ?? []
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined
  if (action === undefined) {
    const near = word === '' ? undefined : nearest(word, Object.keys(actions))
    throw usageError(command, `${command} takes one of ${Object.keys(actions).join(', ')}`, near === undefined ? undefined : `did you mean langsmith-proxy ${command} ${near}?`)
  }
  const foreign = Object.keys(context.flags).find((flag) => flag !== 'config' && !action.flags.includes(flag))
  if (foreign !== undefined) throw usageError(command, `${command} ${word} takes no --${foreign}`)
  if (!action.takesName) {
    if (name !== undefined) throw usageError(command, `${command} ${word} takes no name`)
    return action.run(context, '')
  }
  if (name === undefined) throw usageError(command, `the name of the ${thing} is missing`)
  checkName(name)
  return action.run(context, name)
}

/** @param hint - Else to read the help. */
export function usageError (command: string, message: string, hint = `run langsmith-proxy ${command} --help`): ProxyError {
  return new ProxyError('usage-invalid', message, { hint })
}

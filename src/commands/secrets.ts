// Keys in the embedded store: put one in, see what is there, take one out.

import type { Command, CommandContext } from './command.ts'
import { listSecrets } from './secrets-list.ts'
import { removeSecret } from './secrets-remove.ts'
import { setSecret } from './secrets-set.ts'
import { parseReference } from '../config/reference.ts'
import { nearest, showName } from '../config/suggest.ts'
import { ProxyError } from '../errors.ts'

interface Action {
  /** Flags besides --config. */
  readonly flags: readonly string[]
  readonly takesName: boolean
  readonly run: (context: CommandContext, name: string) => Promise<number>
}

const ACTIONS: Readonly<Record<string, Action>> = {
  set: { flags: ['workspace-id', 'region', 'endpoint', 'test', 'no-test'], takesName: true, run: setSecret },
  list: { flags: ['json'], takesName: false, run: listSecrets },
  remove: { flags: [], takesName: true, run: removeSecret }
}

export const secrets: Command = {
  name: 'secrets',
  summary: 'set, list or remove stored keys, for store:NAME in the config file',
  usage: 'set NAME [FLAGS] | list [--json] | remove NAME',
  help: [
    'Keys are kept in the keychain of this system, or in an encrypted file where there is none.',
    '',
    '  set NAME           asks for the key at a terminal, and reads it from stdin elsewhere',
    '    --region REGION    where the key belongs: us, eu, apac or aws; the name says it if it is one of these',
    '    --endpoint URL     address of another LangSmith, instead of a region',
    '    --workspace-id ID  for a key of several workspaces; empty to forget the one that is stored',
    '    --test             try the key with one read-only call, and store it only if it is not refused',
    '    --no-test          do not offer to try it',
    '  list               what is stored, without the keys; --json for programs',
    '  remove NAME        asks nothing but the passphrase of the encrypted file, if it has one',
    '',
    '  --config FILE      YAML or JSON, as for start: its "store" says where keys are kept'
  ],
  operands: ['an action', 'a name'],
  options: {
    config: { type: 'string' }, json: { type: 'boolean' }, region: { type: 'string' }, endpoint: { type: 'string' }, 'workspace-id': { type: 'string' },
    test: { type: 'boolean' }, 'no-test': { type: 'boolean' }
  },
  async run (context) {
    const [word, name] = context.operands ?? []
    const action = actionOf(word)
    const foreign = Object.keys(context.flags).find((flag) => flag !== 'config' && !action.flags.includes(flag))
    if (foreign !== undefined) throw usageError(`secrets ${word ?? ''} takes no --${foreign}`)
    if (action.takesName) return action.run(context, checkedName(name))
    if (name !== undefined) throw usageError(`secrets ${word ?? ''} takes no name`)
    return action.run(context, '')
  }
}

function actionOf (word: string | undefined): Action {
  const known = Object.keys(ACTIONS)
  const action = word !== undefined && Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined
  if (action !== undefined) return action
  const near = word === undefined ? undefined : nearest(word, known)
  throw usageError(`secrets takes one of ${known.join(', ')}`, near === undefined ? undefined : `did you mean langsmith-proxy secrets ${near}?`)
}

/** A name that a reference can have. What is wrong is not repeated: it may be a key. */
function checkedName (name: string | undefined): string {
  if (name === undefined) throw usageError('the name of the secret is missing')
  const { value } = { value: undefined, ...parseReference(`store:${name}`, { setAt: 'NAME', resolve: (path) => path }) }
  if (value?.rest === name && showName(name) === name) return name
  throw usageError('the name may have letters, digits, ".", "-" and "_", at most 40', 'choose a short name such as us; the key itself is asked for, or read from stdin')
}

function usageError (message: string, hint = 'run langsmith-proxy secrets --help'): ProxyError {
  return new ProxyError('usage-invalid', message, { hint })
}

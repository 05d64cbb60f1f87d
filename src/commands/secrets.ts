// Keys in the embedded store: put one in, see what is there, take one out.

import { runAction, usageError } from './actions.ts'
import type { Action } from './actions.ts'
import type { Command } from './command.ts'
import { listSecrets } from './secrets-list.ts'
import { removeSecret } from './secrets-remove.ts'
import { setSecret } from './secrets-set.ts'
import { parseReference } from '../config/reference.ts'
import { showName } from '../config/suggest.ts'

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
  run: (context) => runAction({ command: 'secrets', actions: ACTIONS, thing: 'secret', checkName }, context)
}

/** A name that a reference can have. */
function checkName (name: string): void {
  const { value } = { value: undefined, ...parseReference(`store:${name}`, { setAt: 'NAME', resolve: (path) => path }) }
  if (value?.rest === name && showName(name) === name) return
  throw usageError('secrets', 'the name may have letters, digits, ".", "-" and "_", at most 40', 'choose a short name such as us; the key itself is asked for, or read from stdin')
}

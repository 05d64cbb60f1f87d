// Client keys: give one to a person or a program, see who has one, replace it, take it away. They work while the proxy
// runs, which looks at the file twice a second.

import { runAction, usageError } from './actions.ts'
import type { Action } from './actions.ts'
import { addClient } from './clients-add.ts'
import { listClients } from './clients-list.ts'
import { revokeClient } from './clients-revoke.ts'
import { rotateClient } from './clients-rotate.ts'
import type { Command } from './command.ts'
import { CLIENT_NAME, CLIENT_NAME_RULE } from '../access/clients/client-key.ts'
import { ROLE_NAMES } from '../config/role-names.ts'

const ACTIONS: Readonly<Record<string, Action>> = {
  add: { flags: ['json', 'role', 'routes', 'expires'], takesName: true, run: addClient },
  list: { flags: ['json'], takesName: false, run: listClients },
  rotate: { flags: ['json', 'overlap', 'expires'], takesName: true, run: rotateClient },
  revoke: { flags: ['json'], takesName: true, run: revokeClient }
}

export const clients: Command = {
  name: 'clients',
  summary: 'add, list, rotate or revoke client keys: who may call this proxy, and what for',
  usage: 'add NAME --role ROLE [FLAGS] | list | rotate NAME [FLAGS] | revoke NAME',
  help: [
    'A client key is for the proxy, never for LangSmith. It is printed once, alone on stdout, and kept nowhere; the',
    'clients file (clients.file, else clients.yaml beside the config) has its hash. A running proxy takes changes over',
    'within a second. docs/team.md has the whole way.',
    '',
    `  add NAME           the name has ${CLIENT_NAME_RULE}`,
    `    --role ROLE        what the client may do: ${ROLE_NAMES.join(', ')}, or one of the config (docs/roles.md)`,
    '    --routes LIST      prefixes that it may use, such as /,/eu; all if left out',
    '    --expires TIME     how long the client is known, such as 24h or 90d; without end if left out',
    '  list               who has a key, and who used it since the proxy started. Where client keys are required, the',
    '                     proxy tells that to admins only: with LANGSMITH_API_KEY=lsp_… of one in the environment',
    '  rotate NAME        prints a new key',
    '    --overlap TIME     how long the old key is taken beside it (24h); 0s ends it at once',
    '    --expires TIME     counts the life of the client anew, from now',
    '  revoke NAME        ends the client and all its keys',
    '',
    '  --json             for programs',
    '  --config FILE      YAML or JSON, as for start: its "clients" says where the file is'
  ],
  operands: ['an action', 'a name'],
  options: {
    config: { type: 'string' }, json: { type: 'boolean' }, role: { type: 'string' }, routes: { type: 'string' }, expires: { type: 'string' }, overlap: { type: 'string' }
  },
  run: (context) => runAction({ command: 'clients', actions: ACTIONS, thing: 'client', checkName }, context)
}

function checkName (name: string): void {
  if (!CLIENT_NAME.test(name)) throw usageError('clients', `the name of a client has ${CLIENT_NAME_RULE}`, 'give the name alone, such as ana; the key is never asked for')
}

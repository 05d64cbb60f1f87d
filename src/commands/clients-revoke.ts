// `clients revoke NAME`: ends a client and all its keys. Asks for no confirmation.

import { changeClientsOf, readClientsConfig } from './clients-change.ts'
import type { CommandContext } from './command.ts'
import { fail } from './terminal.ts'
import { nearest } from '../config/suggest.ts'

/** @returns 1 when there is no such client. @throws ProxyError as changeClients does. */
export async function revokeClient (context: CommandContext, name: string): Promise<number> {
  const { wasThere, others } = await changeClientsOf(readClientsConfig(context), (clients) => {
    const rest = new Map(clients)
    return { clients: rest, result: { wasThere: rest.delete(name), others: [...rest.keys()] } }
  })
  if (!wasThere) return noSuchClient(name, others)
  context.print(context.flags.json === true ? `${JSON.stringify({ revoked: name })}\n` : `revoked ${name}; a running proxy refuses its keys within a second\n`)
  return 0
}

/** @param others - Names that there are. @returns The exit code. */
export function noSuchClient (name: string, others: readonly string[]): 1 {
  const near = nearest(name, others)
  return fail(`there is no client ${name}`, near === undefined ? 'langsmith-proxy clients list shows who there is' : `did you mean ${near}?`)
}

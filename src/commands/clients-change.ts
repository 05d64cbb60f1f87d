// What the commands that change the clients file share.

import { isRunning } from './stored.ts'
import { clientsFileOf } from './clients-of.ts'
import type { CommandContext } from './command.ts'
import { readStoreConfig } from './key-place.ts'
import { fail, say } from './terminal.ts'
import process from 'node:process'
import { changeClients } from '../access/clients/clients-file.ts'
import { timeText } from '../access/clients/clients-text.ts'
import type { Client, ClientList } from '../access/clients/client.ts'
import type { Config } from '../config/config.ts'

/** A new key and whose it is; the one place where a key is in plain text. */
export interface Issued {
  readonly client: Client
  readonly key: string
}

/** Changes the file that the config names. @throws ProxyError as changeClients does. */
export function changeClientsOf<Result> (config: Config, change: Parameters<typeof changeClients<Result>>[1]): Promise<Result> {
  return changeClients({ ...clientsFileOf(config), processes: { ownPid: process.pid, isRunning } }, change)
}

/** The settings without what LANGSMITH_* says: clients are of the proxy. @throws ProxyError as readConfig does. */
export function readClientsConfig (context: CommandContext): Config {
  return readStoreConfig(context)
}

/** The list with this client in it. */
export function withClient (clients: ClientList, client: Client): ClientList {
  return new Map([...clients, [client.name, client]])
}

/** What is told of a client, as JSON. */
export function described ({ name, role, routes, created, expires }: Client): Readonly<Record<string, unknown>> {
  return { name, role: role.name, routes, created: timeText(created), expires: expires === undefined ? undefined : timeText(expires) }
}

/** What is told beside a key. */
interface Told {
  /** What has been done by now, such as "client ana was made". */
  readonly done: string
  /** More for --json. */
  readonly more?: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/**
 * Prints the key alone on stdout, so that a script can take it, and what goes with it on stderr.
 *
 * @returns The exit code: 1 where the key, which is shown this once, could not be written.
 */
export async function printIssued ({ client, key }: Issued, { clients }: Pick<Config, 'clients'>, { flags, print, printed }: CommandContext, { done, more, notes }: Told): Promise<0 | 1> {
  print(flags.json === true ? `${JSON.stringify({ ...described(client), ...more, key }, null, 2)}\n` : `${key}\n`)
  const reason = await printed?.()
  if (reason !== undefined) {
    return fail(`${done}, but the key could not be shown: stdout cannot be written (${reason})`, `nobody has that key; run langsmith-proxy clients rotate ${client.name} --overlap 0s for another one`)
  }
  say('This key is shown once; it is kept nowhere. It is sent as X-API-Key or as Authorization: Bearer.', ...notes)
  if (!clients.required) say('note: clients.required is not set, so callers without a key are served, too')
  return 0
}

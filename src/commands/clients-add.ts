// `clients add NAME`: makes a client and its first key.

import { changeClientsOf, printIssued, readClientsConfig, withClient } from './clients-change.ts'
import type { Issued } from './clients-change.ts'
import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { lifetimeFlag } from './lifetime.ts'
import { hashOfKey, makeClientKey } from '../access/clients/client-key.ts'
import { timeText } from '../access/clients/clients-text.ts'
import { KeyHash } from '../access/clients/key-hash.ts'
import { knownRoles } from '../access/clients/known-roles.ts'
import type { Role } from '../access/roles/role.ts'
import type { Config } from '../config/config.ts'
import { suggestion } from '../config/suggest.ts'
import { ProxyError } from '../errors.ts'

/** @returns 1 where the key could not be shown. @throws ProxyError `usage-invalid`, also for a name that is taken, and as changeClients does. */
export async function addClient (context: CommandContext, name: string): Promise<number> {
  const { flags } = context
  const config = readClientsConfig(context)
  const role = roleOf(textFlag(flags, 'role'), config)
  const routes = routesOf(textFlag(flags, 'routes'), config)
  const lifetime = lifetimeFlag(flags, 'expires')
  const issued = await changeClientsOf<Issued>(config, (clients) => {
    if (clients.has(name)) throw new ProxyError('usage-invalid', `there is a client ${name} already`, { hint: `run langsmith-proxy clients rotate ${name} for a new key, or revoke it first` })
    const now = wholeSeconds(Date.now())
    const key = makeClientKey(name)
    const client = { name, role, routes, created: now, expires: lifetime === undefined ? undefined : now + lifetime, keys: [{ hash: new KeyHash(hashOfKey(key)), until: undefined }] }
    return { clients: withClient(clients, client), result: { client, key } }
  })
  const { expires } = issued.client
  return printIssued(issued, config, context, { done: `client ${name} was made`, notes: expires === undefined ? [] : [`It is valid until ${timeText(expires)}.`] })
}

/** As the file has it. */
export function wholeSeconds (time: number): number {
  return Math.floor(time / 1000) * 1000
}

function roleOf (name: string | undefined, config: Config): Role {
  const roles = knownRoles(config)
  const hint = `it takes ${roles.names.join(', ')}; docs/roles.md says what each may do`
  if (name === undefined) throw new ProxyError('usage-invalid', '--role is missing: what may this client do?', { hint })
  const role = roles.named(name)
  if (role === undefined) throw new ProxyError('usage-invalid', `there is no role of this name${suggestion(name, roles.names)}`, { hint })
  return role
}

function routesOf (list: string | undefined, { routes }: Config): readonly string[] | undefined {
  if (list === undefined) return undefined
  const known = routes.map(({ prefix }) => prefix)
  const wanted = [...new Set(list.split(',').map((prefix) => prefix.trim()).filter((prefix) => prefix !== ''))]
  if (wanted.length > 0 && wanted.every((prefix) => known.includes(prefix))) return wanted
  throw new ProxyError('usage-invalid', '--routes takes prefixes of the config, separated by commas', { hint: `there are: ${known.join(', ')}` })
}

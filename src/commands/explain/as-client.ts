// `explain --client NAME`: a call as if that client sent it. Its key is neither asked for nor known.

import { textFlag } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { CLIENT_NAME } from '../../access/clients/client-key.ts'
import { hasExpired } from '../../access/clients/client.ts'
import type { Client, ClientList } from '../../access/clients/client.ts'
import { ADMIN_PAGES, FOR_ADMINS } from '../../admin/plugin.ts'
import { HEALTH_PATHS } from '../../admin/health.ts'
import { nearest } from '../../config/suggest.ts'
import { ProxyError } from '../../errors.ts'
import type { Denial } from '../../exchange.ts'

/** @returns Undefined without the flag. @throws ProxyError `usage-invalid` where there is no such client. */
export function clientOf (flags: CommandContext['flags'], clients: ClientList): Client | undefined {
  const name = textFlag(flags, 'client')
  if (name === undefined) return undefined
  if (!CLIENT_NAME.test(name)) throw new ProxyError('usage-invalid', '--client takes the name of a client, never its key', { hint: 'langsmith-proxy clients list shows the names' })
  const client = clients.get(name)
  if (client !== undefined) return client
  const near = nearest(name, [...clients.keys()])
  throw new ProxyError('usage-invalid', `there is no client ${name}`, { hint: near === undefined ? 'langsmith-proxy clients list shows who there is' : `did you mean ${near}?` })
}

/** Whether its newest key would be taken. @param now - Milliseconds since 1970. */
export function judgeClientKey (client: Client, path: string, now: number): Denial | undefined {
  const isOver = hasExpired(client, now) || client.keys.every(({ until }) => until !== undefined && until <= now)
  if (!isOver || HEALTH_PATHS.some((page) => page === path)) return undefined
  return { code: 'client-key-unknown', detail: `client ${client.name} has expired`, hint: `give it more time: langsmith-proxy clients rotate ${client.name} --expires 90d` }
}

/** @param required - The setting clients.required; without it, pages are for this machine, whoever asks. */
export function judgeOwnPage (client: Client | undefined, method: string, path: string, required: boolean): Denial | undefined {
  const isForAdmins = required && (method === 'GET' || method === 'HEAD') && ADMIN_PAGES.some((page) => page === path)
  return isForAdmins && client?.role.pages === false ? FOR_ADMINS : undefined
}

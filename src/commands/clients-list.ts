// `clients list`: who has a client key, and who used it lately, as far as the proxy that runs here tells.

import { ageInWords } from './age-in-words.ts'
import { described, readClientsConfig } from './clients-change.ts'
import { clientsFileOf } from './clients-of.ts'
import { columns } from './columns.ts'
import type { CommandContext } from './command.ts'
import { mainAddress } from './own-address.ts'
import { clientKeyIn, readOwnPage } from './own-page.ts'
import type { OwnPage } from './own-page.ts'
import { say } from './terminal.ts'
import { hasExpired } from '../access/clients/client.ts'
import type { Client } from '../access/clients/client.ts'
import { readClients } from '../access/clients/clients-file.ts'
import { isoTime } from '../secrets/iso-time.ts'

const HEADINGS = ['NAME', 'ROLE', 'ROUTES', 'CREATED', 'EXPIRES', 'LAST USED'] as const

/** Prints the table, or JSON with --json. @throws ProxyError for a clients file that cannot be used. */
export async function listClients (context: CommandContext): Promise<number> {
  const { env, flags, print } = context
  const config = readClientsConfig(context)
  const list = [...(await readClients(clientsFileOf(config)) ?? new Map<string, Client>()).values()].sort((a, b) => a.name < b.name ? -1 : 1)
  const address = mainAddress(config.listen)
  const page = address === undefined || list.length === 0 ? undefined : await readOwnPage(address, '/-/clients', clientKeyIn(env))
  const used = lastUsedIn(page)
  if (flags.json === true) {
    print(`${JSON.stringify(list.map((client) => ({ ...described(client), last_used: used.get(client.name) })), null, 2)}\n`)
    return 0
  }
  print(list.length === 0 ? 'nobody has a client key; langsmith-proxy clients add NAME --role ROLE makes one\n' : asText(list, used))
  if (page?.status === 401 || page?.status === 403) say('note: the proxy tells only admins who called; put the client key of one into LANGSMITH_API_KEY for this command')
  return 0
}

function asText (list: readonly Client[], used: ReadonlyMap<string, string>): string {
  const now = Date.now()
  const rows = list.map((client) => {
    const { name, role, routes, created, expires } = client
    const call = used.get(name)
    return [
      name, role.name, routes?.join(',') ?? 'all', day(created), hasExpired(client, now) ? 'expired' : expires === undefined ? 'never' : day(expires),
      call === undefined ? '-' : `${ageInWords(now - Date.parse(call))} ago`
    ]
  })
  return `${columns([HEADINGS, ...rows]).join('\n')}\n`
}

function day (time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** Another program may answer there, or an older version, which has no such page: only names and times are taken. */
function lastUsedIn (page: OwnPage | undefined): ReadonlyMap<string, string> {
  if (page?.status !== 200) return new Map()
  try {
    const { clients } = JSON.parse(page.text) as { clients?: unknown }
    return new Map((Array.isArray(clients) ? clients : []).flatMap((entry: unknown): [string, string][] => {
      if (typeof entry !== 'object' || entry === null || !('name' in entry) || !('last_used' in entry)) return []
      const { name, last_used: time } = entry
      return typeof name === 'string' && typeof time === 'string' && isoTime(time) !== undefined ? [[name, time]] : []
    }))
  } catch {
    return new Map()
  }
}

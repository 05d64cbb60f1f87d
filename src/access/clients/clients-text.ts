// The clients file as text, there and back.

import { stringify } from 'yaml'
import { CLIENT_NAME, CLIENT_NAME_RULE } from './client-key.ts'
import type { Client, ClientKey, ClientList } from './client.ts'
import { checkClientsForm } from './clients-form.ts'
import type { WrittenClients } from './clients-form.ts'
import { KeyHash } from './key-hash.ts'
import { parseConfigFile } from '../../config/config-file.ts'
import { Mistakes } from '../../config/mistakes.ts'
import { suggestion } from '../../config/suggest.ts'
import type { SettingsTree } from '../../config/tree.ts'
import type { Role } from '../roles/role.ts'

/** Finds roles by name. */
export interface KnownRoles {
  readonly named: (name: string) => Role | undefined
  /** Of all that there are. */
  readonly names: readonly string[]
}

type WrittenClient = WrittenClients['clients'][string]

const HEAD = `# Written by "langsmith-proxy clients", which does not keep comments. No key is in it, only SHA-256 hashes of keys:
# they are 256 random bits, so a slow hash would add nothing.
`

/**
 * @param path - Of the file, for messages.
 * @throws ProxyError `config-invalid` with every mistake and its line, and no value.
 */
export function parseClients (text: string, path: string, roles: KnownRoles): ClientList {
  const mistakes = new Mistakes()
  mistakes.readFrom(path, 'clients file')
  const tree = parseConfigFile(text, path, mistakes, 'refused') // no routes are not all routes, and no end is not for ever
  const form = tree === undefined ? undefined : checkClientsForm(tree, mistakes)
  const clients = tree === undefined || form === undefined ? [] : Object.entries(form.clients).flatMap(([name, written]) => readClient(name, written, tree, roles, mistakes))
  if (mistakes.any) throw mistakes.toError()
  return new Map(clients.map((client) => [client.name, client]))
}

function readClient (name: string, { role: roleName, routes, created, expires, keys }: WrittenClient, { place }: SettingsTree, roles: KnownRoles, mistakes: Mistakes): readonly Client[] {
  const path = ['clients', name]
  const timeOf = (text: string, at: readonly string[]): number => {
    const time = Date.parse(text)
    if (Number.isNaN(time)) mistakes.add(place([...path, ...at]), 'must be a time that there is, such as 2026-01-31T12:00:00Z')
    return time
  }
  if (!CLIENT_NAME.test(name)) mistakes.add(place(path), `the name of a client has ${CLIENT_NAME_RULE}`)
  const role = roles.named(roleName)
  if (role === undefined) mistakes.add(place([...path, 'role']), `there is no role of this name${suggestion(roleName, roles.names)}`)
  const known = {
    name, routes,
    created: timeOf(created, ['created']),
    expires: expires === undefined ? undefined : timeOf(expires, ['expires']),
    keys: keys.map(({ sha256, until }, at) => ({
      hash: new KeyHash(Buffer.from(sha256, 'hex')), until: until === undefined ? undefined : timeOf(until, ['keys', String(at), 'until'])
    }))
  }
  return role === undefined ? [] : [{ ...known, role }]
}

/** The whole file. */
export function clientsText (clients: ClientList): string {
  const written: WrittenClients = { clients: Object.fromEntries([...clients.values()].map((client) => [client.name, writtenClient(client)])) }
  return HEAD + stringify(written, { lineWidth: 0 })
}

function writtenClient ({ role, routes, created, expires, keys }: Client): WrittenClient {
  return {
    role: role.name,
    ...routes === undefined ? {} : { routes: [...routes] },
    created: timeText(created),
    ...expires === undefined ? {} : { expires: timeText(expires) },
    keys: keys.map(writtenKey)
  }
}

function writtenKey ({ hash, until }: ClientKey): WrittenClient['keys'][number] {
  return { sha256: hash.toHex(), ...until === undefined ? {} : { until: timeText(until) } }
}

/** To the second, UTC. */
export function timeText (time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

// The clients file as text, there and back. It is YAML with a line of JSON for each client: a parser of YAML takes a
// fifth of a millisecond for a client, in which the proxy serves nobody, so it only gets what a person has changed.

import { basename } from 'node:path'
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
# they are 256 random bits, so a slow hash would add nothing. One client a line.
clients:
`
/** No name behind "clients:" would be a blank, which is a mistake. */
const EMPTY = `${HEAD.trimEnd()} {}\n`

/**
 * @param path - Of the file, for messages.
 * @throws ProxyError `config-invalid` with every mistake and its line, and no value.
 */
export function parseClients (text: string, path: string, roles: KnownRoles): ClientList {
  const mistakes = new Mistakes()
  mistakes.readFrom(path, 'clients file')
  const tree = asWritten(text, path) ?? treeOf(text, path, mistakes)
  const form = tree === undefined ? undefined : checkClientsForm(tree, mistakes)
  const clients = tree === undefined || form === undefined ? [] : Object.entries(form.clients).flatMap(([name, written]) => readClient(name, written, tree, roles, mistakes))
  if (mistakes.any) throw mistakes.toError()
  return new Map(clients.map((client) => [client.name, client]))
}

function treeOf (text: string, path: string, mistakes: Mistakes): SettingsTree | undefined {
  return parseConfigFile(text, path, mistakes, 'refused') // no routes are not all routes, and no end is not for ever
}

/** What these commands wrote, byte for byte; undefined for any other text. Lines are looked up only for a mistake. */
function asWritten (text: string, path: string): SettingsTree | undefined {
  if (!text.startsWith(HEAD)) return undefined
  try {
    const clients = JSON.parse(`{${text.slice(HEAD.length).trimEnd().split('\n').join(',')}}`) as WrittenClients['clients']
    if (fileText(clients) !== text) return undefined // such as a name that is there twice
    let parsed: SettingsTree | undefined
    return { value: { clients }, place: (at) => (parsed ??= treeOf(text, path, new Mistakes()))?.place(at) ?? basename(path) }
  } catch {
    return undefined // changed by hand
  }
}

function readClient (name: string, { role: roleName, routes, created, expires, keys }: WrittenClient, { place }: SettingsTree, roles: KnownRoles, mistakes: Mistakes): readonly Client[] {
  const path = ['clients', name]
  const timeOf = (text: string, at: readonly string[]): number => {
    const time = Date.parse(text)
    // Date.parse takes the 30th of February for the 2nd of March.
    if (Number.isNaN(time) || timeText(time) !== `${text.slice(0, 19)}Z`) mistakes.add(place([...path, ...at]), 'must be a time that there is, such as 2026-01-31T12:00:00Z')
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
  return fileText(Object.fromEntries([...clients.values()].map((client) => [client.name, writtenClient(client)])))
}

/** JSON is YAML: any name and prefix is in quotes that both read alike. */
function fileText (clients: WrittenClients['clients']): string {
  const lines = Object.entries(clients).map(([name, client]) => `  ${JSON.stringify(name)}: ${JSON.stringify(client)}\n`)
  return lines.length === 0 ? EMPTY : HEAD + lines.join('')
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

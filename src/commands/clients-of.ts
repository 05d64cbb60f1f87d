// Opens the clients file of a config, as the commands need it.

import process from 'node:process'
import type { ClientList } from '../access/clients/client.ts'
import { clientsReader } from '../access/clients/clients-file.ts'
import type { ClientsFileOptions } from '../access/clients/clients-file.ts'
import { knownRoles } from '../access/clients/known-roles.ts'
import { goneError } from '../access/clients/live-clients.ts'
import type { LiveClients } from '../access/clients/live-clients.ts'
import type { Config, Notice } from '../config/config.ts'
import type { LiveCredential } from '../secrets/credential.ts'

/** How to read and write the clients file. */
export function clientsFileOf ({ clients, roles, secrets }: Pick<Config, 'clients' | 'roles' | 'secrets'>): ClientsFileOptions {
  return { file: clients.file, roles: knownRoles({ roles }), uid: process.getuid?.(), allowLooseFileModes: secrets.allowLooseFileModes }
}

/**
 * Reads it for a proxy that starts or reloads.
 *
 * @param before - What the proxy that reloads has in use.
 * @throws ProxyError for a file that cannot be used, or is gone since; one that never was there is an empty list.
 */
export async function openClients (config: Config, before?: Pick<LiveClients, 'file' | 'current'>): Promise<LiveClients> {
  const options = clientsFileOf(config)
  const read = clientsReader(options)
  const current = await read()
  if (current === undefined && before?.file === options.file && before.current.size > 0) throw goneError(options.file)
  return { file: options.file, read, current: current ?? new Map() }
}

/** What a person should know of the list when the proxy starts with it. */
export function clientNotices ({ clients: { file, required }, routes }: Pick<Config, 'clients' | 'routes'>, clients: ClientList): readonly Notice[] {
  const notices: Notice[] = []
  if (required && clients.size === 0) {
    notices.push({ code: 'clients-none', message: `clients.required is set, and nobody has a client key (${file})`, hint: 'run langsmith-proxy clients add NAME; the proxy takes it over while it runs' })
  }
  const prefixes = new Set(routes.map(({ prefix }) => prefix))
  const lost = [...clients.values()].filter((client) => client.routes?.some((prefix) => !prefixes.has(prefix)))
  if (lost.length > 0) {
    notices.push({ code: 'clients-routes', message: `clients with routes that the config does not have: ${lost.map(({ name }) => name).join(', ')} (${file})`, hint: 'correct "routes" of these clients in that file, or the prefixes in the config' })
  }
  return notices
}

/** A reload that lets in those without a client key, whom the proxy refused before: nothing else would tell of it. */
export function openingNotices (before: Pick<Config, 'clients'>, { clients: { required } }: Pick<Config, 'clients'>): readonly Notice[] {
  if (!before.clients.required || required) return []
  return [{
    code: 'clients-not-required', message: 'clients.required is not set any more: from now on callers without a client key are served, too, and the pages of the proxy are for all on this machine',
    hint: 'if that was not meant, set clients.required: true again (LANGSMITH_PROXY_CLIENTS_REQUIRED); a running proxy takes it over'
  }]
}

/** Keys that act as one person, where all who have a client key use them. Only the kind of a key is looked at. */
export function personalKeyNotices ({ clients: { required } }: Pick<Config, 'clients'>, credentials: readonly LiveCredential[]): readonly Notice[] {
  const personal = required ? credentials.filter(({ current }) => current?.shape.kind === 'personal') : []
  return personal.map(({ name, secretRef }) => ({
    code: 'personal-key-shared',
    message: `the key of credential "${name}" (${secretRef}) is a personal key (lsv2_pt_), and clients.required shares it: to LangSmith all clients are that one person, and it ends with their account`,
    hint: 'make a service key (lsv2_sk_) in LangSmith → Settings → API Keys, and put it there'
  }))
}

// Reads the clients file, and changes it: one writer at a time, and whatever happens on the way, there is the old file
// or the new one, whole.

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ClientList } from './client.ts'
import { clientsText, parseClients } from './clients-text.ts'
import type { KnownRoles } from './clients-text.ts'
import { ProxyError } from '../../errors.ts'
import type { FileModeRules } from '../../secrets/file-mode.ts'
import { withLock } from '../../secrets/store/lock.ts'
import type { Processes } from '../../secrets/store/lock.ts'
import { OWN_FILE_MAX_BYTES, readOwnFile } from '../../secrets/store/own-file.ts'
import { replaceFile } from '../../secrets/store/replace-file.ts'
import { writing } from '../../secrets/store/write-failure.ts'

export interface ClientsFileOptions extends FileModeRules {
  /** Absolute path; need not be there. */
  readonly file: string
  readonly roles: KnownRoles
}

/**
 * @returns Undefined when there is no such file.
 * @throws ProxyError `config-invalid` with every mistake, `secret-exposed` when others can open it, `secret-unreadable`, `secret-unusable` (too large).
 */
export function readClients (options: ClientsFileOptions): Promise<ClientList | undefined> {
  return clientsReader(options)()
}

/** Reads as readClients does, time and again; a file that is what it was gives the very list that it gave before. */
export function clientsReader ({ file, roles, ...rules }: ClientsFileOptions): () => Promise<ClientList | undefined> {
  let last: { readonly bytes: Buffer, readonly clients: ClientList } | undefined
  return async () => {
    const bytes = await readOwnFile(file, showClientsFile(file), rules)
    if (bytes === undefined) return undefined
    if (last?.bytes.equals(bytes) !== true) last = { bytes, clients: parseClients(bytes.toString('utf8'), file, roles) }
    return last.clients
  }
}

/**
 * Changes the clients while nobody else does.
 *
 * @param change - Gets what is there now; what it throws leaves everything as it is.
 * @returns What `change` gives beside the new list.
 * @throws ProxyError as readClients does, `secret-unreadable` when it cannot be written, and `secret-unusable` when it would be larger than what is read.
 */
export async function changeClients<Result> (options: ClientsFileOptions & { readonly processes: Processes }, change: (clients: ClientList) => { readonly clients: ClientList, readonly result: Result }): Promise<Result> {
  const { file, processes } = options
  const shown = showClientsFile(file)
  return writing(shown, async () => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const { result } = await withLock(`${file}.lock`, shown, processes, async () => {
      const { clients, result } = change(await readClients(options) ?? new Map())
      const content = Buffer.from(clientsText(clients))
      if (content.length > OWN_FILE_MAX_BYTES) throw tooManyError(shown)
      await replaceFile(file, content)
      return result
    })
    return result
  })
}

function tooManyError (shown: string): ProxyError {
  return new ProxyError('secret-unusable', `${shown} would be larger than 1 MiB, which nothing here reads; nothing was changed`, {
    hint: 'run langsmith-proxy clients list, and langsmith-proxy clients revoke NAME for those who have expired or are not needed any more'
  })
}

export function showClientsFile (file: string): string {
  return `clients file ${file}`
}

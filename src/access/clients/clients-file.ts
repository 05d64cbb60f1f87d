// Reads the clients file, and changes it: one writer at a time, and whatever happens on the way, there is the old file
// or the new one, whole.

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ClientList } from './client.ts'
import { clientsText, parseClients } from './clients-text.ts'
import type { KnownRoles } from './clients-text.ts'
import type { FileModeRules } from '../../secrets/file-mode.ts'
import { withLock } from '../../secrets/store/lock.ts'
import type { Processes } from '../../secrets/store/lock.ts'
import { readOwnFile } from '../../secrets/store/own-file.ts'
import { replaceFile } from '../../secrets/store/replace-file.ts'
import { writing } from '../../secrets/store/write-failure.ts'

export interface ClientsFileOptions extends FileModeRules {
  /** Absolute path; need not be there. */
  readonly file: string
  readonly roles: KnownRoles
}

/**
 * @returns Undefined when there is no such file.
 * @throws ProxyError `config-invalid` with every mistake, `secret-exposed` when others can open it, `secret-unreadable`.
 */
export async function readClients ({ file, roles, ...rules }: ClientsFileOptions): Promise<ClientList | undefined> {
  const bytes = await readOwnFile(file, showClientsFile(file), rules)
  return bytes === undefined ? undefined : parseClients(bytes.toString('utf8'), file, roles)
}

/**
 * Changes the clients while nobody else does.
 *
 * @param change - Gets what is there now; what it throws leaves everything as it is.
 * @returns What `change` gives beside the new list.
 * @throws ProxyError as readClients does, and `secret-unreadable` when it cannot be written.
 */
export async function changeClients<Result> (options: ClientsFileOptions & { readonly processes: Processes }, change: (clients: ClientList) => { readonly clients: ClientList, readonly result: Result }): Promise<Result> {
  const { file, processes } = options
  const shown = showClientsFile(file)
  return writing(shown, async () => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const { result } = await withLock(`${file}.lock`, shown, processes, async () => {
      const { clients, result } = change(await readClients(options) ?? new Map())
      await replaceFile(file, Buffer.from(clientsText(clients)))
      return result
    })
    return result
  })
}

export function showClientsFile (file: string): string {
  return `clients file ${file}`
}

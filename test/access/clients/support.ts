// A clients file with keys that the test knows.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Client, ClientList } from '../../../src/access/clients/client.ts'
import { hashOfKey, makeClientKey } from '../../../src/access/clients/client-key.ts'
import { readClients } from '../../../src/access/clients/clients-file.ts'
import { clientsText } from '../../../src/access/clients/clients-text.ts'
import { KeyHash } from '../../../src/access/clients/key-hash.ts'
import { knownRoles } from '../../../src/access/clients/known-roles.ts'
import type { LiveClients } from '../../../src/access/clients/live-clients.ts'

export const ROLES = knownRoles({ roles: [] })

export interface MadeClient {
  readonly role?: string
  readonly routes?: readonly string[]
  readonly expires?: number
  /** Of its one key. */
  readonly until?: number
}

export interface TestClients {
  readonly live: LiveClients
  readonly file: string
  /** The keys by name. */
  readonly keys: Readonly<Record<string, string>>
  /** Puts another list into the file. */
  readonly write: (clients: ClientList) => void
}

/** A client with this key. */
export function clientOf (name: string, key: string, { role: roleName = 'full', routes, expires, until }: MadeClient = {}): Client {
  const role = ROLES.named(roleName)
  if (role === undefined) throw new Error(`no role ${roleName}`)
  return { name, role, routes, created: Date.UTC(2026, 0, 31), expires, keys: [{ hash: new KeyHash(hashOfKey(key)), until }] }
}

/** Clients in a file of this test, read once. */
export async function makeClients (t: Pick<Test, 'testdir'>, made: Readonly<Record<string, MadeClient>>): Promise<TestClients> {
  const file = join(t.testdir(), 'clients.yaml')
  const keys = Object.fromEntries(Object.keys(made).map((name) => [name, makeClientKey(name)]))
  const write = (clients: ClientList): void => { writeFileSync(file, clientsText(clients), { mode: 0o600 }) }
  write(new Map(Object.entries(made).map(([name, one]) => [name, clientOf(name, keys[name] ?? '', one)])))
  const read = (): Promise<ClientList | undefined> => readClients({ file, roles: ROLES, uid: process.getuid?.(), allowLooseFileModes: false })
  return { file, keys, write, live: { file, read, current: await read() ?? new Map() } }
}

/** As `curl -u` sends it. */
export function basic (user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

// Stores in temporary folders, of kind `file` unless a test says otherwise: nobody's keychain is touched.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Encrypter } from 'age-encryption'
import type { Test } from 'tap'
import { Secret } from '../../../src/secrets/secret.ts'
import { openStore, type StoreOptions } from '../../../src/secrets/store/open-store.ts'
import type { SecretStore, StoredEntry } from '../../../src/secrets/store/store.ts'

export const processes = {
  ownPid: process.pid,
  isRunning (pid: number): boolean {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
}

export function storeIn (folder: string, options: Partial<StoreOptions> = {}): SecretStore {
  return openStore({
    kind: 'file', file: join(folder, 'data', 'secrets.age'), identityFile: join(folder, 'identity.txt'),
    uid: process.getuid?.(), allowLooseFileModes: false, processes, ...options
  })
}

export function entry (key: string, more: Partial<StoredEntry> = {}): StoredEntry {
  return { apiKey: new Secret(key), workspaceId: undefined, region: undefined, endpoint: undefined, storedAt: '2026-11-21T12:00:00.000Z', ...more }
}

/** Makes an encrypted file with one secret, `us`, whose passphrase takes no time to try: ours take a second. */
export async function encryptWith (path: string, passphrase: string, key = 'canary-key'): Promise<void> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(4)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, await encrypter.encrypt(JSON.stringify({ secrets: { us: { apiKey: key, storedAt: 'now' } } })), { mode: 0o600 })
}

export async function keyOf (store: SecretStore, name: string): Promise<string | undefined> {
  return (await store.read(name))?.apiKey.reveal()
}

/** Short, because sockets have paths of at most 107 bytes. */
export function shortFolder (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lp-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) })
  return folder
}

/** What to say when a program is not there; false when all are. */
export function needs (...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 10_000 }).error !== undefined)
  return missing.length > 0 && `needs ${missing.join(' and ')}`
}

// The age identity that opens the encrypted file where nobody can type a passphrase: a file as age-keygen
// makes it.

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ProxyError } from '../../errors.ts'
import type { FileModeRules } from '../file-mode.ts'
import { Secret } from '../secret.ts'
import { recipientOf, type AgeKey } from './age.ts'
import { readOwnFile } from './own-file.ts'
import { syncFolder, writeNewFile } from './replace-file.ts'
import { writing } from './write-failure.ts'

export const IDENTITY_SETTING = 'store.identityFile (LANGSMITH_PROXY_STORE_IDENTITY_FILE)'

/**
 * Reads all identities of a file; empty lines and comments do not count.
 *
 * @returns Undefined when there is no such file.
 * @throws ProxyError `secret-unreadable`, `secret-exposed`, or `secret-unusable` with the number of the line.
 */
export async function readIdentities (path: string, rules: FileModeRules): Promise<AgeKey | undefined> {
  const shown = showIdentityFile(path)
  const bytes = await readOwnFile(path, shown, rules)
  if (bytes === undefined) return undefined
  const identities: Secret[] = []
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const identity = new Secret(text)
    await recipientOf(identity, `line ${index + 1} of ${shown}`)
    identities.push(identity)
  }
  if (identities.length > 0) return { kind: 'identities', identities, shown }
  throw new ProxyError('secret-unusable', `${shown} holds no identity`, { hint: `make one with age-keygen, or set ${IDENTITY_SETTING} to a file that is not there yet` })
}

/** Makes an identity file. @param now - Milliseconds since 1970. @throws ProxyError `secret-unreadable` when it cannot be written. */
export async function makeIdentity (path: string, now: number): Promise<AgeKey> {
  const { generateX25519Identity } = await import('age-encryption')
  const shown = showIdentityFile(path)
  const identity = new Secret(await generateX25519Identity())
  const text = `# created: ${new Date(now).toISOString()}\n# public key: ${await recipientOf(identity, shown)}\n${identity.reveal()}\n`
  await writing(shown, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeNewFile(path, text)
    await syncFolder(dirname(path))
  })
  return { kind: 'identities', identities: [identity], shown }
}

export function showIdentityFile (path: string): string {
  return `age identity file ${path}`
}

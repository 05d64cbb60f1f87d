// The age identity that opens the encrypted file where nobody can type a passphrase: a file as age-keygen
// makes it.

import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ProxyError } from '../../errors.ts'
import { isNotThere, shellQuoted } from '../file-failure.ts'
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

/**
 * Makes an identity file, never its folder: that may be the place of a disk that is not there now.
 *
 * @param now - Milliseconds since 1970.
 * @throws ProxyError `secret-unreadable` when it cannot be written.
 */
export async function makeIdentity (path: string, now: number): Promise<AgeKey> {
  const { generateX25519Identity } = await import('age-encryption')
  const shown = showIdentityFile(path)
  const identity = new Secret(await generateX25519Identity())
  const text = `# created: ${new Date(now).toISOString()}\n# public key: ${await recipientOf(identity, shown)}\n${identity.reveal()}\n`
  await writing(shown, async () => {
    const folder = dirname(path)
    await access(folder).catch((error: unknown) => { throw isNotThere(error) ? noFolder(folder, shown) : error })
    await writeNewFile(path, text)
    await syncFolder(folder)
  })
  return { kind: 'identities', identities: [identity], shown }
}

function noFolder (folder: string, shown: string): ProxyError {
  return new ProxyError('secret-unreadable', `folder ${folder} is not there, so ${shown} cannot be made`, { hint: `mount it, or make it first (mkdir -m 700 ${shellQuoted(folder)})` })
}

export function showIdentityFile (path: string): string {
  return `age identity file ${path}`
}

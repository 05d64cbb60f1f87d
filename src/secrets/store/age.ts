// Encrypts and opens text with age (https://age-encryption.org/v1), so that the stored keys can also be
// read with the program `age`. The library is loaded when it is first used.

import { ProxyError } from '../../errors.ts'
import type { Secret } from '../secret.ts'
import { showFile, startAgain } from './file-words.ts'

/** What opens an encrypted file; files are encrypted for the same. */
export type AgeKey
  = | { readonly kind: 'identities', readonly identities: readonly Secret[], readonly shown: string }
    | { readonly kind: 'passphrase', readonly passphrase: Secret }

const MAGIC = 'age-encryption.org/v1\n'
const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'

export async function encryptText (text: string, key: AgeKey): Promise<Uint8Array> {
  const { Encrypter, identityToRecipient } = await import('age-encryption')
  const encrypter = new Encrypter()
  if (key.kind === 'passphrase') encrypter.setPassphrase(key.passphrase.reveal())
  else for (const identity of key.identities) encrypter.addRecipient(await identityToRecipient(identity.reveal()))
  return encrypter.encrypt(text)
}

/**
 * @param bytes - From plainAge.
 * @param path - Of the file, for messages.
 * @throws ProxyError `secret-unreadable` for the wrong identity or passphrase, `secret-unusable` for a damaged file.
 */
export async function decryptText (bytes: Uint8Array, key: AgeKey, path: string): Promise<string> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  if (key.kind === 'passphrase') decrypter.addPassphrase(key.passphrase.reveal())
  else for (const identity of key.identities) decrypter.addIdentity(identity.reveal())
  try {
    return await decrypter.decrypt(bytes, 'text')
  } catch (error) {
    // The library has one class for all its errors; a test holds these words.
    if (!(error instanceof Error && error.message.startsWith('no identity matched'))) throw damaged(path, error)
    if (key.kind === 'passphrase') throw new ProxyError('secret-unreadable', `the passphrase does not open ${showFile(path)}`, { hint: `try again with the one it was made with; if that is forgotten, ${startAgain(path)}` })
    throw new ProxyError('secret-unreadable', `${key.shown} does not open ${showFile(path)}`, { hint: 'set store.identityFile (LANGSMITH_PROXY_STORE_IDENTITY_FILE) to the identity it was made for' })
  }
}

/**
 * The file without its armor (`age --armor`).
 *
 * @throws ProxyError `secret-unusable` for what age did not make, or is damaged.
 */
export async function plainAge (bytes: Uint8Array, path: string): Promise<Uint8Array> {
  const text = Buffer.from(bytes).toString('latin1')
  if (text.startsWith(MAGIC)) return bytes
  if (!text.trimStart().startsWith(ARMOR)) throw new ProxyError('secret-unusable', `${showFile(path)} was not encrypted with age`, { hint: restore(path) })
  const { armor } = await import('age-encryption')
  try {
    return armor.decode(text)
  } catch (error) {
    throw damaged(path, error)
  }
}

/** Whether a passphrase opens the file, and no identity does. @param bytes - From plainAge. */
export function wantsPassphrase (bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1', MAGIC.length, MAGIC.length + 10) === '-> scrypt '
}

/** @throws ProxyError `secret-unusable` when it is no identity, such as one with a typing slip. */
export async function recipientOf (identity: Secret, shown: string): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  try {
    return await identityToRecipient(identity.reveal())
  } catch {
    throw new ProxyError('secret-unusable', `${shown} is not an age identity`, { hint: 'use the lines that age-keygen made: AGE-SECRET-KEY-1…' }) // no cause: its message may quote the identity
  }
}

function damaged (path: string, cause: unknown): ProxyError {
  return new ProxyError('secret-unusable', `${showFile(path)} is cut off or damaged`, { cause, hint: restore(path) })
}

function restore (path: string): string {
  return `put a copy of the file in its place, or ${startAgain(path)}`
}

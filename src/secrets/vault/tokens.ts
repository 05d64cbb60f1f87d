// The token that Vault is asked with: one that is given, read anew each time because Vault Agent exchanges
// it, or one from a login (login.ts).

import { join } from 'node:path'
import type { VaultSettings } from '../../config/vault-settings.ts'
import { ProxyError } from '../../errors.ts'
import { createFileSource, type FileSourceOptions } from '../sources/file.ts'
import { textOf } from './server.ts'

export interface Tokens {
  /** @throws ProxyError when there is none. */
  readonly get: () => Promise<string>
  /** Vault refused it. @returns Whether asking for another one makes sense. */
  readonly drop: (token: string) => boolean
}

export interface TokenOptions extends FileSourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly vault: VaultSettings
  readonly homeDir: string
}

/** VAULT_TOKEN, else `vault.tokenFile`, else where "vault login" puts it. Source: developer.hashicorp.com/vault/docs/commands/token-helper */
export function createGivenToken (options: TokenOptions): Tokens {
  const { env, vault, homeDir } = options
  return {
    async get () {
      const given = textOf(env.VAULT_TOKEN)
      if (given !== undefined) return checkToken(given, 'VAULT_TOKEN')
      const path = vault.tokenFile ?? join(homeDir, '.vault-token')
      const text = await readCredentialFile(path, vault.tokenFile === undefined ? '~/.vault-token' : 'vault.tokenFile', options)
      if (text !== undefined) return checkToken(text, `file:${path}`)
      if (vault.tokenFile !== undefined) {
        throw new ProxyError('secret-missing', `there is no Vault token: VAULT_TOKEN is not set, and the file in vault.tokenFile is not there or empty (file:${path})`,
          { hint: 'write the token there, as the file sink of Vault Agent does, or correct vault.tokenFile' })
      }
      throw new ProxyError('secret-missing', `there is no Vault token: VAULT_TOKEN is not set, and file:${path} is not there or empty`,
        { hint: 'run "vault login", set VAULT_TOKEN, name a file in vault.tokenFile, or log in with vault.auth' })
    },
    drop: () => false
  }
}

/**
 * Reads a token, secret ID or JWT from a file, with the checks of file: references.
 *
 * @param setAt - The setting that names the file.
 * @returns Without blanks around it; undefined when the file is not there or blank.
 */
export async function readCredentialFile (path: string, setAt: string, options: FileSourceOptions): Promise<string | undefined> {
  const found = await createFileSource(options).read({ scheme: 'file', rest: path, text: `file:${path} (${setAt})`, setAt })
  return textOf(found?.text)
}

/** @throws ProxyError `secret-unusable` for what no header can hold. */
export function checkToken (token: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new ProxyError('secret-unusable', `${where} does not hold a Vault token: a token is one word of ASCII`, { hint: 'write nothing but the token there' })
}

// `vault:PATH#FIELD`: a field of a secret in HashiCorp Vault or OpenBao. PATH is what follows /v1/ in the
// address of the API, so secrets of a KV engine of version 2 have `data/` in it. docs/vault.md is for people.

import { ProxyError } from '../../errors.ts'
import type { SourceOptions } from '../schemes.ts'
import type { Found, SecretSource } from '../source.ts'
import { foundIn } from '../vault/answer.ts'
import { withVault } from '../vault/connection.ts'
import { VaultLogin } from '../vault/login.ts'
import { serverOf, type VaultServer } from '../vault/server.ts'
import { createGivenToken, type Tokens } from '../vault/tokens.ts'
import type { SecretReference } from '../../config/config.ts'

export type VaultOptions = Pick<SourceOptions, 'env' | 'vault' | 'timeout' | 'homeDir' | 'uid' | 'allowLooseFileModes'>

/**
 * All references of one source share one login.
 *
 * @param now - Milliseconds since 1970.
 */
export function createVaultSource (options: VaultOptions, now: () => number = Date.now): SecretSource {
  const { vault, env } = options
  const server = (): VaultServer => serverOf(vault, env) // only when it is needed: most people have no Vault
  const tokens = vault.auth === 'token' ? createGivenToken(options) : new VaultLogin(vault.auth, server, { ...options, now })
  return {
    freshness: 'asked',
    async read (reference) {
      try {
        return await readSecret(reference, server(), tokens, options.timeout, now)
      } catch (error) {
        if (!(error instanceof ProxyError)) throw error
        throw new ProxyError(error.code, `${reference.text}: ${error.message}`, { hint: error.hint, cause: error })
      }
    },
    place: ({ rest, field = '' }) => `field ${field} of ${rest} in Vault`,
    absent: 'is not there, because there is nothing at this path', // a field that is missing is an error of its own
    fill: ({ rest, field = '' }) => `check the path, or put the key there, as field ${field} of ${rest}`,
    nearNames: () => []
  }
}

async function readSecret (reference: SecretReference, server: VaultServer, tokens: Tokens, timeout: number, now: () => number): Promise<Found | undefined> {
  return await withVault(server, timeout, async (ask) => {
    const readWith = (token: string): ReturnType<typeof ask> => ask({ method: 'GET', path: reference.rest, token })
    const token = await tokens.get()
    const answer = await readWith(token)
    // A token from a login may have been revoked; with a new one, 403 is the last word.
    const final = answer.status === 403 && tokens.drop(token) ? await readWith(await tokens.get()) : answer
    return foundIn(final, reference, server, now())
  })
}

// Logs in to Vault with AppRole or as a Kubernetes pod, and keeps the token for all reads until its lease
// has nearly ended. Nothing runs in between: the token is renewed when it is needed.

import { ProxyError } from '../../errors.ts'
import { objectOf, withVault, type Answer, type Ask } from './connection.ts'
import { notVault, refusalOf } from './failures.ts'
import { loginBody, loginPath, loginRefused, type LoginMethod } from './login-methods.ts'
import type { VaultServer } from './server.ts'
import { checkToken, type TokenOptions, type Tokens } from './tokens.ts'

export interface LoginOptions extends TokenOptions {
  /** For one login, in milliseconds. */
  readonly timeout: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Times are milliseconds since 1970; Infinity for a token that does not expire. */
interface Lease {
  readonly token: string
  readonly renewable: boolean
  readonly freshUntil: number
  readonly endsAt: number
}

export class VaultLogin implements Tokens {
  readonly #method: LoginMethod
  readonly #server: () => VaultServer
  readonly #options: LoginOptions
  #lease: Lease | undefined
  #pending: Promise<string> | undefined

  constructor (method: LoginMethod, server: () => VaultServer, options: LoginOptions) {
    this.#method = method
    this.#server = server
    this.#options = options
  }

  /** @throws ProxyError as `withVault` does, `config-invalid` for settings that are missing, `secret-*` for files and refused logins. */
  readonly get = (): Promise<string> => {
    if (this.#lease !== undefined && this.#options.now() < this.#lease.freshUntil) return Promise.resolve(this.#lease.token)
    // Reads at the same time share one login.
    this.#pending ??= this.#obtain().finally(() => { this.#pending = undefined })
    return this.#pending
  }

  readonly drop = (token: string): boolean => {
    if (this.#lease?.token === token) this.#lease = undefined // else another read has dropped it already
    return true
  }

  async #obtain (): Promise<string> {
    const server = this.#server()
    return await withVault(server, this.#options.timeout, async (ask) => {
      this.#lease = await this.#renew(ask) ?? await this.#logIn(ask, server)
      return this.#lease.token
    })
  }

  /** developer.hashicorp.com/vault/api-docs/auth/token#renew-a-token-self. A refusal is no error: a new login follows. */
  async #renew (ask: Ask): Promise<Lease | undefined> {
    const { now } = this.#options
    const lease = this.#lease
    if (lease === undefined || !lease.renewable || now() >= lease.endsAt) return undefined
    const asked = now()
    const answer = await ask({ method: 'POST', path: 'auth/token/renew-self', token: lease.token, body: {} })
    return leaseIn(answer, asked)
  }

  async #logIn (ask: Ask, server: VaultServer): Promise<Lease> {
    const { vault, now } = this.#options
    const path = loginPath(this.#method, vault)
    const body = await loginBody(this.#method, this.#options)
    const asked = now()
    const answer = await ask({ method: 'POST', path, body })
    if (answer.status !== 200) throw loginRefused(this.#method, answer, path, server) ?? refusalOf(answer, server)
    if (answer.body === undefined) throw notVault(200, server)
    const lease = leaseIn(answer, asked)
    if (lease !== undefined) return lease
    throw new ProxyError('secret-unreadable', `${server.shown} gave no token at ${path}`, { hint: 'a login that asks for a second factor cannot be used' })
  }
}

/**
 * @param asked - When the question was sent: the lease begins later.
 * @returns Undefined for an answer without a token.
 */
function leaseIn ({ status, body }: Answer, asked: number): Lease | undefined {
  const auth = objectOf(body?.auth)
  const token = auth?.client_token
  if (status !== 200 || typeof token !== 'string' || token === '') return undefined
  const seconds = auth?.lease_duration
  const life = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Infinity
  const renewable = auth?.renewable === true
  return {
    token: checkToken(token, 'the answer of Vault'), renewable, endsAt: asked + life,
    // Early enough that a refused renewal leaves time for a login; what cannot be renewed is used nearly to its end.
    freshUntil: asked + (renewable ? life * 2 / 3 : life * 9 / 10)
  }
}

// What it means that a Vault server gave no answer, or one that no question is about. Bodies and messages
// of others are never quoted: they can hold what was sent.

import { ProxyError } from '../../errors.ts'
import { notReached } from '../../not-reached.ts'
import type { Answer } from './connection.ts'
import type { VaultServer } from './server.ts'

/** OpenSSL's and Node's names for certificates that do not verify, and for an answer that is no TLS. */
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|EPROTO$)/
const PLAIN_ANSWER = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO/
const TIMEOUTS = /^(?:UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/
const BROKEN = /^(?:UND_ERR_|ECONNRESET|EPIPE|HPE_|HTTPParserError)/

export function timedOut ({ shown }: VaultServer): ProxyError {
  return new ProxyError('secret-unreadable', `${shown} did not answer within secrets.timeout`,
    { hint: 'check that this machine can reach it; if it is only slow, raise secrets.timeout (LANGSMITH_PROXY_SECRETS_TIMEOUT)' })
}

/** @param error - Whatever undici reported; it is not kept as the cause, because it can hold pieces of the answer. */
export function networkFailure (error: unknown, server: VaultServer): ProxyError {
  const { shown, setAt } = server
  const reason = reasonOf(error)
  if (TIMEOUTS.test(reason)) return timedOut(server)
  if (TLS.test(reason)) {
    return PLAIN_ANSWER.test(reason)
      ? new ProxyError('secret-unreadable', `${shown} does not speak TLS there (${reason}); nothing was sent`, { hint: `check ${setAt}: should it start with http:// ?` })
      : new ProxyError('secret-unreadable', `the certificate of ${shown} could not be verified (${reason}); nothing was sent`,
          { hint: 'name the authority that issued it in vault.ca or VAULT_CACERT, and check the clock and the host name' })
  }
  const says = BROKEN.test(reason) ? `broke off or sent a broken answer (${reason})` : notReached(reason)
  return new ProxyError('secret-unreadable', `${shown} ${says}`, { hint: `check ${setAt}, and that this machine can reach it` })
}

// undici and Node wrap the attempts at several addresses; the first says as much as any.
function reasonOf (error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** Source: developer.hashicorp.com/vault/api-docs#http-status-codes and /api-docs/system/health, openbao.org/api-docs the same. */
const STATES: Readonly<Record<number, readonly [says: string, hint: string]>> = {
  412: ['is not up to date yet (412)', 'try again in a moment'],
  429: ['is a standby, or asked too often (429)', 'name the active node or the whole cluster, or have its rate limit quota raised'],
  472: ['is a secondary for disaster recovery (472)', 'name the primary cluster'],
  473: ['is a performance standby that cannot answer this (473)', 'name the active node or the whole cluster'],
  501: ['is not initialised (501)', 'initialise it with "vault operator init", or name another server'],
  503: ['is down for maintenance or has no active node (503)', 'try again later, or see "vault status"']
}

/** The error for an answer that says nothing about the question itself. */
export function refusalOf ({ status, body, location }: Answer, { shown, setAt }: VaultServer): ProxyError {
  if (status >= 300 && status < 400) {
    // developer.hashicorp.com/vault/docs/concepts/ha#client-redirection: a standby that cannot forward answers 307.
    const origin = location !== undefined && URL.canParse(location) ? ` to ${new URL(location).origin}` : ''
    return new ProxyError('secret-unreadable', `${shown} sends callers elsewhere (${status}${origin}); the token was not sent there`,
      { hint: `a standby does that when it cannot forward; set ${setAt} to the active node or to the whole cluster` })
  }
  if (status === 503 && says({ body }, /sealed/i)) {
    return new ProxyError('secret-unreadable', `${shown} is sealed (503)`, { hint: 'unseal it with "vault operator unseal"' })
  }
  const state = STATES[status]
  if (state !== undefined) return new ProxyError('secret-unreadable', `${shown} ${state[0]}`, { hint: state[1] })
  if (body === undefined) return notVault(status, { shown, setAt })
  return new ProxyError('secret-unreadable', `${shown} answered ${status}`, { hint: 'see its log; the path and the namespace (vault.namespace, VAULT_NAMESPACE) may be wrong' })
}

/** The error for an answer that no Vault gives. */
export function notVault (status: number, { shown, setAt }: Pick<VaultServer, 'shown' | 'setAt'>): ProxyError {
  return new ProxyError('secret-unreadable', `${shown} does not answer like Vault (${status}, not the JSON it should be)`, { hint: `check ${setAt}: is something else at that address?` })
}

/** Whether one of the answer's errors matches; they are matched, never shown. */
export function says ({ body }: Pick<Answer, 'body'>, pattern: RegExp): boolean {
  return Array.isArray(body?.errors) && body.errors.some((text) => typeof text === 'string' && pattern.test(text))
}

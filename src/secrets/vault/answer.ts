// What Vault's answer to "read this path" comes to. KV versions 1 and 2 are told apart by the form of the
// answer: asking for the mount would need one more permission.

import type { SecretReference } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import type { Found } from '../source.ts'
import { objectOf, type Answer } from './connection.ts'
import { notVault, refusalOf, says } from './failures.ts'
import type { VaultServer } from './server.ts'

const MOST_NAMES = 10

/**
 * Sources: developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1 and /kv-v2, openbao.org/api-docs the same.
 *
 * @param now - Milliseconds since 1970.
 * @returns Undefined when nothing is stored at the path.
 * @throws ProxyError `secret-missing` (deleted, no such field, no such engine), `secret-unusable`, `secret-unreadable`.
 */
export function foundIn (answer: Answer, reference: SecretReference, server: VaultServer, now: number): Found | undefined {
  const { status, body } = answer
  if (status === 204) return undefined
  if (body === undefined && [200, 403, 404].includes(status)) throw notVault(status, server)
  if (status === 404) {
    refuseOdd404(answer, reference, server)
    return undefined
  }
  if (status === 403) throw denied(reference, server)
  if (status !== 200 || body === undefined) throw refusalOf(answer, server)
  const data = objectOf(body.data)
  if (data === undefined) {
    throw new ProxyError('secret-unreadable', `${server.shown} answered without data for ${reference.rest}`,
      { hint: 'name the path of a secret; a wrapped answer cannot be used' })
  }
  return { text: fieldOf(secretIn(data), reference), ...expiryOf(body, now) }
}

// Version 2 has the fields below data.data, beside data.metadata.
function secretIn (data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const metadata = objectOf(data.metadata)
  if (metadata === undefined) return data
  if (data.data === null) throw gone(metadata)
  return objectOf(data.data) ?? data
}

function fieldOf (secret: Readonly<Record<string, unknown>>, { field = '' }: SecretReference): string {
  if (!Object.hasOwn(secret, field)) {
    // A key that somebody stored as a name must not be shown.
    const names = Object.keys(secret).filter((name) => /^[\w.-]{1,40}$/.test(name) && !/^(lsv2|ls_)_/.test(name)).slice(0, MOST_NAMES)
    throw new ProxyError('secret-missing', `the secret has no field of that name; it has ${names.length === 0 ? 'none' : names.join(', ')}`,
      { hint: 'correct what follows # in the reference' })
  }
  const value = secret[field]
  if (typeof value === 'string') return value
  throw new ProxyError('secret-unusable', 'the field does not hold text', { hint: 'store the key as text, as "vault kv put" does' })
}

/**
 * Only what has a lease ends. Without a lease ID the duration is advice, which KV version 1 gives for every
 * secret (2764800 s by default): developer.hashicorp.com/vault/docs/secrets/kv/kv-v1#ttls and /docs/concepts/lease.
 * Taken for an end it would warn of keys that do not expire, and keep them from being read again for a month.
 */
function expiryOf ({ lease_id: id, lease_duration: seconds }: Readonly<Record<string, unknown>>, now: number): Pick<Found, 'expiresAt'> {
  if (typeof id !== 'string' || id === '' || typeof seconds !== 'number' || seconds <= 0) return {}
  return { expiresAt: now + seconds * 1000 }
}

function denied ({ rest }: SecretReference, { shown, namespace }: VaultServer): ProxyError {
  const inNamespace = namespace === undefined ? '' : ', and whether vault.namespace or VAULT_NAMESPACE is right'
  return new ProxyError('secret-unreadable', `${shown} does not let this token read ${rest} (403)`,
    { hint: `add to its policy: path ${JSON.stringify(rest)} { capabilities = ["read"] }; or the token has expired${inNamespace}` })
}

// What is merely absent has an empty list of errors, and no more (rustfs/rustfs pull 6043 measured both).
function refuseOdd404 (answer: Answer, { rest, field = '' }: SecretReference, server: VaultServer): void {
  const { body } = answer
  const warnings: readonly unknown[] = Array.isArray(body?.warnings) ? body.warnings : []
  if (warnings.some((text) => typeof text === 'string' && /versioned K\/V|K\/V v2/i.test(text))) {
    const [mount = '', ...path] = rest.split('/')
    throw new ProxyError('secret-missing', `${rest} is in a KV engine of version 2, whose paths have data/ after the mount`,
      { hint: `write vault:${[mount, 'data', ...path].join('/')}#${field}, if ${mount}/ is where it is mounted` })
  }
  const metadata = objectOf(objectOf(body?.data)?.metadata)
  if (metadata !== undefined) throw gone(metadata)
  if (says(answer, /./)) { // "no handler for route"
    throw new ProxyError('secret-missing', `${server.shown} has no secrets engine for ${rest}`,
      { hint: 'check the path, its first part (see "vault secrets list"), and the namespace (vault.namespace, VAULT_NAMESPACE)' })
  }
}

function gone ({ destroyed }: Readonly<Record<string, unknown>>): ProxyError {
  return destroyed === true
    ? new ProxyError('secret-missing', 'the latest version of the secret was destroyed', { hint: 'store the key again with "vault kv put"' })
    : new ProxyError('secret-missing', 'the latest version of the secret was deleted', { hint: 'bring it back with "vault kv undelete", or store the key again with "vault kv put"' })
}

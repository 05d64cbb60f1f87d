// How AppRole and Kubernetes logins differ: what is sent, where, and what a refusal means.

import type { VaultSettings } from '../../config/vault-settings.ts'
import { ProxyError } from '../../errors.ts'
import type { Answer } from './connection.ts'
import type { VaultServer } from './server.ts'
import { readCredentialFile, type TokenOptions } from './tokens.ts'

export type LoginMethod = Exclude<VaultSettings['auth'], 'token'>

/** Where Kubernetes puts the token of a pod's service account. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** What follows /v1/, e.g. `auth/approle/login`. */
export function loginPath (method: LoginMethod, { mount = method }: VaultSettings): string {
  return `auth/${mount.replace(/^\/+|\/+$/g, '')}/login`
}

/**
 * Sources: developer.hashicorp.com/vault/api-docs/auth/approle#login-with-approle and /auth/kubernetes#login
 *
 * @throws ProxyError `config-invalid` for a setting that is missing, `secret-missing` for a file, and as file: references do.
 */
export async function loginBody (method: LoginMethod, options: TokenOptions): Promise<Readonly<Record<string, string>>> {
  const { roleId, role, secretIdFile, jwtFile = POD_TOKEN } = options.vault
  if (method === 'approle') {
    if (roleId === undefined) throw notSet('vault.roleId', method)
    // A role that is bound to addresses alone has no secret ID.
    return secretIdFile === undefined
      ? { role_id: roleId }
      : { role_id: roleId, secret_id: await readNeeded(secretIdFile, 'vault.secretIdFile', options) }
  }
  if (role === undefined) throw notSet('vault.role', method)
  // The kubelet decides about the mode of this file; nobody could change it.
  return { role, jwt: await readNeeded(jwtFile, 'vault.jwtFile', { ...options, allowLooseFileModes: true }) }
}

/** The error for a refused login; undefined for a status that says nothing about it. */
export function loginRefused (method: LoginMethod, { status, body }: Answer, path: string, { shown }: VaultServer): ProxyError | undefined {
  if (body === undefined) return undefined
  const at = path.replace(/\/login$/, '/')
  const place = `that the method is mounted at ${at} (vault.mount) in this namespace (vault.namespace, VAULT_NAMESPACE)`
  if (status === 404) return new ProxyError('secret-unreadable', `${shown} has no login at ${path} (404)`, { hint: `check ${place}` })
  // 403 is also what a mount that does not exist comes to: hashicorp/vault-secrets-operator issue 316
  if (status !== 400 && status !== 403) return undefined
  return method === 'approle'
    ? new ProxyError('secret-unreadable', `${shown} did not accept the role ID or the secret ID at ${path} (${status})`,
        { hint: `check vault.roleId and the file in vault.secretIdFile: a secret ID can expire or be used up; and ${place}` })
    : new ProxyError('secret-unreadable', `${shown} did not accept the service account or the role at ${path} (${status})`,
        { hint: `check vault.role, and the service accounts, namespaces and audience that it is bound to; and ${place}` })
}

async function readNeeded (path: string, setAt: string, options: TokenOptions): Promise<string> {
  const text = await readCredentialFile(path, setAt, options)
  if (text !== undefined) return text
  throw new ProxyError('secret-missing', `file:${path} (${setAt}) is not there or empty`, { hint: `correct ${setAt}, or write the file` })
}

function notSet (setting: string, method: LoginMethod): ProxyError {
  return new ProxyError('config-invalid', `${setting} is not set, which vault.auth: ${method} needs`, { hint: `set ${setting}` })
}

// Which Vault or OpenBao server to ask: the settings, else the variables that the vault command reads too.
// VAULT_SKIP_VERIFY and its like are left out on purpose: certificates are always verified.

import { isLoopback, isMetadata, withoutBrackets } from '../../config/addresses.ts'
import type { VaultSettings } from '../../config/vault-settings.ts'
import { ProxyError } from '../../errors.ts'

export interface VaultServer {
  /** `https://host:port`, the only place that a token is sent to. */
  readonly origin: string
  /** What comes before /v1/: empty, or `/prefix`. */
  readonly basePath: string
  readonly namespace: string | undefined
  readonly caFile: string | undefined
  /** The setting that the address came from. */
  readonly setAt: 'vault.address' | 'VAULT_ADDR'
  /** For messages: `the Vault server (VAULT_ADDR)`. */
  readonly shown: string
}

/**
 * Source of the variables: developer.hashicorp.com/vault/docs/commands#configure-environment-variables
 *
 * @throws ProxyError `config-invalid` that names the setting; never its value.
 */
export function serverOf (vault: VaultSettings, env: Readonly<Record<string, string | undefined>>): VaultServer {
  const setAt = vault.address === undefined ? 'VAULT_ADDR' : 'vault.address'
  const address = vault.address ?? textOf(env.VAULT_ADDR)
  if (address === undefined) {
    throw new ProxyError('config-invalid', 'there is no address of a Vault server',
      { hint: 'set vault.address (LANGSMITH_PROXY_VAULT_ADDRESS) or VAULT_ADDR, such as https://vault.example.com:8200' })
  }
  const namespace = vault.namespace ?? textOf(env.VAULT_NAMESPACE)
  if (namespace !== undefined && !/^[\x21-\x7e]+$/.test(namespace)) {
    throw new ProxyError('config-invalid', `${vault.namespace === undefined ? 'VAULT_NAMESPACE' : 'vault.namespace'} must be ASCII text without spaces`)
  }
  const mistake = addressMistake(address, vault.insecure)
  if (mistake !== undefined) throw new ProxyError('config-invalid', `${setAt} ${mistake}`, { hint: `correct ${setAt}` })
  const url = new URL(address)
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    namespace,
    caFile: vault.ca ?? textOf(env.VAULT_CACERT),
    setAt,
    shown: `the Vault server (${setAt})`
  }
}

/** Blank variables are how people unset them. */
export function textOf (value: string | undefined): string | undefined {
  const text = value?.trim()
  return text === '' ? undefined : text
}

function addressMistake (address: string, insecure: boolean): string | undefined {
  if (/[?#]/.test(address)) return 'must not have a query or fragment'
  const authority = /^https?:\/\/([^/\\\s]+)[^\\\s]*$/i.exec(address)?.[1]
  if (authority === undefined || !URL.canParse(address)) return 'must be a whole address such as https://vault.example.com:8200'
  if (authority.includes('@')) return 'must not hold a user name or password'
  const { protocol, hostname, pathname } = new URL(address)
  if (/\/v1\/*$/.test(pathname)) return 'must end before /v1, which is added'
  const host = withoutBrackets(hostname)
  if (protocol === 'https:' || isLoopback(host)) return undefined
  if (isMetadata(host)) return 'must not be a link-local address or a metadata service'
  return insecure ? undefined : 'must start with https://; plain http is for this machine only, or with vault.insecure'
}

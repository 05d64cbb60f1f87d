// What the settings say of HashiCorp Vault or OpenBao (secrets/vault/).

/** Where HashiCorp Vault or OpenBao is and how to log in; what is undefined may come from VAULT_ADDR and its like. */
export interface VaultSettings {
  readonly address: string | undefined
  readonly namespace: string | undefined
  /** Path of a PEM file that is trusted instead of the system's authorities. */
  readonly ca: string | undefined
  readonly auth: 'token' | 'approle' | 'kubernetes'
  /** Mount of the auth method; undefined for its usual one. */
  readonly mount: string | undefined
  /** Of the Kubernetes auth method. */
  readonly role: string | undefined
  readonly roleId: string | undefined
  readonly secretIdFile: string | undefined
  readonly tokenFile: string | undefined
  readonly jwtFile: string | undefined
  /** Plain http beyond loopback was asked for by name. */
  readonly insecure: boolean
}

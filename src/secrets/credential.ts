// A credential as the program uses it: the secret, and what may be said about it.

import type { Secret } from './secret.ts'

/** `personal` = lsv2_pt_, `service` = lsv2_sk_, `legacy` = ls__; `other` = anything else. */
export type KeyKind = 'personal' | 'service' | 'legacy' | 'other'

/**
 * What is odd about a key's text. A defect is a warning, never a refusal: LangSmith publishes no
 * grammar for its keys. `control-character` is the exception: such a value cannot be sent at all.
 * `assignment` = a whole line was stored, such as `LANGSMITH_API_KEY=…` or `X-API-Key: …`.
 */
export type KeyDefect
  = 'quotes' | 'bearer-prefix' | 'assignment' | 'placeholder' | 'legacy' | 'inner-blank' | 'control-character' | 'non-ascii'
    | 'wrong-length' | 'unknown-shape'

export interface KeyShape {
  readonly kind: KeyKind
  readonly defects: readonly KeyDefect[]
}

/** One version of a credential: never changes. A request keeps the one that it began with. */
export interface Credential {
  readonly name: string
  readonly apiKey: Secret
  readonly shape: KeyShape
  /** The reference, e.g. `env:LANGSMITH_API_KEY`: safe to print. */
  readonly secretRef: string
  /** Sent as X-Tenant-Id when set. */
  readonly workspaceId: string | undefined
  /** Sent as X-Organization-Id when set. */
  readonly organizationId: string | undefined
  /** When this process first had it, in milliseconds since 1970. */
  readonly since: number
  /** When it stops being valid, in milliseconds since 1970, if its place says so. See expiryOf. */
  readonly expiresAt: number | undefined
  /** The same, if LangSmith's list of keys says so. Apart from `expiresAt`, which alone says when its place has a new value. */
  readonly upstreamExpiresAt?: number | undefined
}

export interface Expiry {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The place where the key is kept, or LangSmith. */
  readonly saidBy: 'place' | 'langsmith'
}

/** A credential whose value may change while the program runs. */
export interface LiveCredential {
  readonly name: string
  readonly secretRef: string
  /** The version to use now; undefined while it could never be read. */
  readonly current: Credential | undefined
}

/** When a version ends. Its place is believed first: it may end the value (a lease of Vault) before LangSmith ends the key. */
export function expiryOf ({ expiresAt, upstreamExpiresAt }: Pick<Credential, 'expiresAt' | 'upstreamExpiresAt'>): Expiry | undefined {
  if (expiresAt !== undefined) return { at: expiresAt, saidBy: 'place' }
  return upstreamExpiresAt === undefined ? undefined : { at: upstreamExpiresAt, saidBy: 'langsmith' }
}

/** Whether two versions send the same. */
export function sameValues (a: Credential, b: Credential): boolean {
  return a.apiKey.equals(b.apiKey) && a.workspaceId === b.workspaceId && a.organizationId === b.organizationId
}

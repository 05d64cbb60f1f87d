// The world that a sandbox plays: who exists in which region, and what each key may do. Everything
// is resolved here (names to IDs, roles to permissions), so that the rest only looks things up.

import type { Permission, Role } from './permissions.ts'

/** The four cloud regions (docs/langsmith-api.md, section 1.1). */
export const SANDBOX_REGIONS = ['us', 'eu', 'apac', 'aws'] as const

export type SandboxRegion = typeof SANDBOX_REGIONS[number]

/** Plans that matter here; `none` is an organisation whose sign-up or trial ended (B10). */
export const PLANS = ['none', 'developer', 'plus', 'startup', 'enterprise'] as const

export type Plan = typeof PLANS[number]

/** Lives in exactly one region. */
export interface Organisation {
  /** UUID. */
  readonly id: string
  readonly name: string
  readonly region: SandboxRegion
  readonly plan: Plan
  /** Addresses and CIDR blocks that may call; empty means everybody. */
  readonly ipAllowlist: readonly string[]
}

export interface Workspace {
  /** UUID; what `X-Tenant-Id` takes. */
  readonly id: string
  readonly name: string
  /** The owner's name in prompt addresses. */
  readonly handle: string
  /** ID of the organisation. */
  readonly organisation: string
  readonly region: SandboxRegion
}

/** `personal` is a PAT; `org-service` must name a workspace on every call (section 3.2). */
export const KEY_KINDS = ['personal', 'service', 'org-service'] as const

export type KeyKind = typeof KEY_KINDS[number]

export interface Key {
  /** How people speak of it, such as `viewer-us`. */
  readonly name: string
  /** What callers send; fake, and shown by `describeSandbox`. */
  readonly value: string
  /** What the key is there to show; may be empty. */
  readonly about: string
  readonly kind: KeyKind
  /** The region of its organisation; a key is unknown everywhere else. */
  readonly region: SandboxRegion
  /** ID of the organisation. */
  readonly organisation: string
  /** IDs of the workspaces that it reaches. */
  readonly workspaces: readonly string[]
  /** ID of the workspace that it acts in when the caller names none. */
  readonly defaultWorkspace: string | undefined
  /** Undefined where the permissions were listed one by one. */
  readonly role: Role | undefined
  readonly permissions: readonly Permission[]
  readonly expiresAt: Date | undefined
  readonly revoked: boolean
}

export interface World {
  readonly organisations: readonly Organisation[]
  readonly workspaces: readonly Workspace[]
  readonly keys: readonly Key[]
}

/** A world that makes no sense; the message lists everything that is wrong, without values of keys. */
export class WorldInvalid extends Error {
  override readonly name = 'WorldInvalid'
  /** One problem each, such as `/keys/2/kind must be equal to one of the allowed values`. */
  readonly problems: readonly string[]
  /** What to do about it. */
  readonly hint = 'compare the file with the default world of the sandbox'

  constructor (problems: readonly string[], options: { cause?: unknown } = {}) {
    super(`this sandbox world is not valid: ${problems.join('; ')}`, options)
    this.problems = problems
  }
}

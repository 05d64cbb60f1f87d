// What read-only calls found out about one version of a credential on one upstream (docs/langsmith-api.md, section 6).
// Everything in it was read from answers: checked for its form, cut to bounds, and no secret.

import type { RegionName } from '../config/regions.ts'

/** What LangSmith says to a call: `accepted` = 2xx as JSON, `refused` = 401 or 403 as JSON; `untold` = not reached, or an answer that is not about the key. */
export type Said = 'accepted' | 'refused' | 'untold'

/** A workspace that the key sees (GET /api/v1/workspaces). */
export interface SeenWorkspace {
  /** UUID, lower case. */
  readonly id: string
  /** UUID, lower case; undefined where LangSmith does not tell. */
  readonly organizationId: string | undefined
  /** As people see it; written by them, so it is never printed without care. */
  readonly displayName: string | undefined
  /** Undefined where LangSmith does not tell. */
  readonly permissions: readonly string[] | undefined
  readonly deleted: boolean
}

/** GET /api/v1/orgs/current/info. Undefined where LangSmith does not tell. */
export interface SeenOrganization {
  readonly tier: string | undefined
  readonly disabled: boolean | undefined
  readonly memberDisabled: boolean | undefined
  readonly ssoOnly: boolean | undefined
  readonly ipAllowlist: boolean | undefined
}

export interface Findings {
  /** GET /api/v1/info, which is public: whether the host is a LangSmith API at all. */
  readonly isApi: boolean | undefined
  /** GET /api/v1/sessions?limit=1 with key and workspace, as the route sends them. */
  readonly sessions: Said
  /** The same without a workspace; undefined where none is set. */
  readonly sessionsWithoutWorkspace: Said | undefined
  /** GET /api/v1/workspaces with the key alone. */
  readonly workspaces: { readonly said: Said, readonly seen: readonly SeenWorkspace[] }
  /** GET /api/v1/orgs/current/info. */
  readonly organization: { readonly said: Said, readonly seen: SeenOrganization | undefined }
  /** GET /api/v1/workspaces/current/usage_limits. `rejecting`: a limit is reached, of the kind named. */
  readonly usage: { readonly said: Said, readonly rejecting: boolean, readonly kind: string | undefined }
  /**
   * GET /api/v1/sessions?limit=1 with the key alone, at other regions that were asked; none is while the key is accepted
   * here. A key that is refused there for want of a workspace or a plan is known there: that counts as accepted.
   */
  readonly regions: Readonly<Partial<Record<RegionName, Said>>>
}

// Who is calling, and may they? Pure: headers and a world in, a verdict out. The order of the
// questions follows docs/langsmith-api.md, sections 2 and 4; where that document does not tell which of
// two refusals comes first, the order here is a choice and UNCONFIRMED.

import type { IncomingHttpHeaders } from 'node:http'
import { admits } from './allow-list.ts'
import { isUuid } from './json.ts'
import type { Permission } from './permissions.ts'
import type { Key, Organisation, SandboxRegion, Workspace, World } from './world.ts'

/** What an endpoint asks of its caller. */
export interface Demand {
  /** `key`: a valid key is enough, as for the list of workspaces; else the key must act in a workspace. */
  readonly scope: 'key' | 'workspace'
  /** Left out where every key of the workspace may call. */
  readonly permission?: Permission
}

/** Where and when a request arrived. */
export interface Situation {
  readonly world: World
  readonly region: SandboxRegion
  readonly now: Date
  /** IP address of the caller. */
  readonly peer: string
}

/** Why a request is refused; `refusalAnswer` has the words. */
export type RefusalReason = 'no-credential' | 'legacy-key' | 'workspace-malformed' | 'forbidden' | 'workspace-required' | 'no-plan'

export interface Allowed {
  readonly allowed: true
  readonly key: Key
  readonly organisation: Organisation
  /** Undefined only where the scope is `key` and the key has no default workspace. */
  readonly workspace: Workspace | undefined
}

export type Verdict = Allowed | { readonly allowed: false, readonly reason: RefusalReason }

/**
 * Judges one request as LangSmith would.
 *
 * @param headers - As Node gives them: `X-API-Key` sent twice arrives joined by a comma and is then
 * an unknown key, which is what happens to SDKs that send it twice (section 2.2).
 * @param demand - What the endpoint asks for.
 * @param situation - World, region, time, and the caller's address.
 * @returns The key and workspace to act for, or the reason of the refusal.
 */
export function judge (headers: IncomingHttpHeaders, demand: Demand, situation: Situation): Verdict {
  const { world, region, now, peer } = situation
  const sent = single(headers['x-api-key'])
  const tenant = single(headers['x-tenant-id'])

  // Authorization and Cookie alone count as nothing: Bearer takes sessions of the web pages, never
  // keys (section 2.1). The exact words for a key sent as Bearer are UNCONFIRMED.
  if (sent === '') return refuse('no-credential')
  if (sent.startsWith('ls__')) return refuse('legacy-key')
  if (tenant !== '' && !isUuid(tenant)) return refuse('workspace-malformed')

  // A key that is revoked, expired or of another region is simply not known here. Expired: body
  // UNCONFIRMED. The JS SDK's literal text "undefined" (section 2.2): UNCONFIRMED as well.
  const key = world.keys.find(({ value }) => value === sent)
  if (key === undefined || key.region !== region || key.revoked || isExpired(key, now)) return refuse('forbidden')

  const organisation = world.organisations.find(({ id }) => id === key.organisation)
  if (organisation === undefined || !admits(organisation.ipAllowlist, peer)) return refuse('forbidden') // allow-list: body UNCONFIRMED
  if (organisation.plan === 'none') return refuse('no-plan')

  const wanted = tenant === '' ? key.defaultWorkspace : tenant.toLowerCase()
  const workspace = world.workspaces.find(({ id }) => id === wanted && key.workspaces.includes(id))
  if (demand.scope === 'workspace') {
    // Known for org-scoped keys (B8, B9); a service key for several workspaces is answered alike: UNCONFIRMED.
    if (wanted === undefined) return refuse('workspace-required')
    if (workspace === undefined) return refuse('forbidden') // a well-formed ID of somebody else: body UNCONFIRMED
  }
  if (demand.permission !== undefined && !key.permissions.includes(demand.permission)) return refuse('forbidden')
  return { allowed: true, key, organisation, workspace }
}

function refuse (reason: RefusalReason): Verdict {
  return { allowed: false, reason }
}

function single (value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : value ?? ''
}

function isExpired ({ expiresAt }: Key, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

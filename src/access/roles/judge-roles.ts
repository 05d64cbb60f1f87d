// The roles that hold for one request, one after the other: the policy of its route and the role of its client.

import { judgeRole, roleNamed } from './judge.ts'
import type { OwnRoles, Role } from './role.ts'
import type { Denial } from '../../exchange.ts'
import type { Route } from '../../routes/route.ts'

/** A role, and whose it is. */
export interface HeldRole {
  readonly role: Role
  readonly of: 'client' | 'policy'
}

/** What `mode: report` let pass. */
export interface WouldDeny {
  readonly code: 'role-denied'
  readonly role: string
  readonly of: HeldRole['of']
  readonly detail: string
}

const WHOM_TO_ASK: Readonly<Record<HeldRole['of'], string>> = {
  client: 'ask the person who runs this proxy for a client key with a role that allows it',
  policy: 'it is the "policy" of the route, for all who use it; ask the person who runs this proxy for another route, or for another policy'
}

/** The role that holds for all who use a route: none or one. The config has made sure that it exists. */
export function policyOf ({ policy, prefix }: Pick<Route, 'policy' | 'prefix'>, own: OwnRoles): readonly HeldRole[] {
  if (policy === undefined) return []
  const role = roleNamed(policy, own)
  if (role === undefined) throw new Error(`route ${prefix} has a policy that is no role`) // better no route than one without its policy
  return [{ role, of: 'policy' }]
}

/**
 * Whether all roles allow a request.
 *
 * @param path - As judgeRole takes it.
 * @param tell - Takes what roles in report mode would have denied.
 */
export function judgeRoles (held: readonly HeldRole[], method: string, path: string, tell: (would: WouldDeny) => void): Denial | undefined {
  for (const { role, of } of held) {
    const denial = judgeRole(role, method, path)
    if (denial === undefined) continue
    if (role.mode === 'enforce') return { ...denial, hint: denial.hint ?? WHOM_TO_ASK[of] }
    tell({ code: 'role-denied', role: role.name, of, detail: denial.detail })
  }
  return undefined
}

// May this role send this request? Judged on the path that would be forwarded.

import { BUILT_IN_ROLES } from './built-in.ts'
import { matches } from './match.ts'
import { plainSegments } from './plain-path.ts'
import type { OwnRoles, Role } from './role.ts'
import { thingOf } from './things.ts'
import type { RoleConfig } from '../../config/config.ts'
import type { Denial } from '../../exchange.ts'

/**
 * Whether a role allows a request. `mode` is not looked at: see judgeRoles.
 *
 * @param method - In capitals, as the guard let it in.
 * @param path - As it would be forwarded, without query and without the base path of the upstream (`toUpstream.slice(route.upstream.basePath.length)`).
 * @returns The denial, or undefined where the role allows it. It quotes the method and nothing else of the request.
 */
export function judgeRole (role: Role, method: string, path: string): Denial | undefined {
  if (allowsEverything(role)) return undefined
  const segments = plainSegments(path)
  if (segments === undefined) {
    return {
      code: 'role-denied',
      detail: `the role "${role.name}" does not allow unusual spellings of a path, as they could hide what is meant`,
      hint: 'spell the path plainly: no needless escapes, no escaped slash, no empty segments, no ";"'
    }
  }
  const isAllowed = role.allow.some((rule) => matches(rule, method, segments)) && !role.deny.some((rule) => matches(rule, method, segments))
  return isAllowed ? undefined : { code: 'role-denied', detail: `the role "${role.name}" does not allow this ${method} on ${thingOf(segments)}` }
}

/** A role by its name; undefined if neither the proxy nor the config has it. */
export function roleNamed (name: string, own: OwnRoles): Role | undefined {
  return BUILT_IN_ROLES.get(name) ?? own.get(name)
}

/** The roles of a config, ready to judge with. */
export function ownRoles (roles: readonly RoleConfig[]): OwnRoles {
  return new Map(roles.map((role) => [role.name, { ...role, pages: false }]))
}

// An unusual spelling hides nothing from it. What nobody may do is closed for it as for all (access/closed.ts).
function allowsEverything ({ allow, deny }: Role): boolean {
  return deny.length === 0 && allow.some(({ method, segments }) => method === '*' && segments.length === 1 && segments[0] === '**')
}

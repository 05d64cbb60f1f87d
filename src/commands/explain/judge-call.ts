// Whether the proxy itself would say no to a call. The judges are those that requests meet, in their order; what only
// a whole request shows (framing, an Origin, too long a body) is not judged.

import type { Call } from './call.ts'
import { judgeEndpoint } from '../../access/closed.ts'
import { judgeRoles, policyOf } from '../../access/roles/judge-roles.ts'
import { ownRoles } from '../../access/roles/judge.ts'
import type { OwnRoles } from '../../access/roles/role.ts'
import type { Config } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import type { Denial } from '../../exchange.ts'
import { judgeHost } from '../../guard/host.ts'
import { judgeMethod } from '../../guard/methods.ts'
import { judgeTarget, pathOf } from '../../guard/target.ts'
import { upstreamPath } from '../../routes/path.ts'
import type { Route } from '../../routes/route.ts'
import { createRouteTable } from '../../routes/table.ts'

export interface Judged {
  readonly denial: Denial | undefined
  /** Undefined where none fits, or where it is not certain which one is meant. */
  readonly route: Route | undefined
  /** A page of the proxy: nothing goes upstream. */
  readonly ownPage: boolean
}

/** @throws ProxyError `usage-invalid` for the address of an upstream, which no client of the proxy sends. */
export function judgeCall ({ method, target, authority }: Call, routes: readonly Route[], { listen: { allowedHosts }, roles }: Pick<Config, 'listen' | 'roles'>): Judged {
  if (authority !== undefined && routes.some(({ upstream }) => upstream.host === authority)) {
    throw new ProxyError('usage-invalid', 'this is the address of LangSmith, not of the proxy', { hint: 'give the path as a client of the proxy sends it; "langsmith-proxy check" lists the prefixes' })
  }
  const path = pathOf(target)
  const denial = judgeTarget(target)
    ?? (authority === undefined ? undefined : judgeHost([authority], allowedHosts))
    ?? judgeMethod(method)
    ?? judgeSpelling(path)
  if (denial !== undefined) return { denial, route: undefined, ownPage: false }
  if (isOwnPage(path)) return { denial: undefined, route: undefined, ownPage: true }
  return { ...judgeRoute(method, path, routes, ownRoles(roles)), ownPage: false }
}

function judgeRoute (method: string, path: string, routes: readonly Route[], own: OwnRoles): Omit<Judged, 'ownPage'> {
  const routeOf = createRouteTable(routes)
  const route = routeOf(path)
  if (routeOf(decodeURI(path)) !== route) {
    return { denial: { code: 'request-ambiguous', detail: 'the path is an unusual spelling of another prefix' }, route: undefined }
  }
  if (route === undefined) return { denial: { code: 'no-route', detail: 'no route of the config has this path' }, route }
  const toUpstream = upstreamPath(route, path)
  const denial = judgeEndpoint(route, method, toUpstream) ?? judgePolicy(route, own, method, toUpstream)
  if (denial !== undefined || route.credential.current !== undefined) return { denial, route }
  return { denial: { code: 'credential-unavailable', detail: `the key of credential "${route.credential.name}" cannot be read` }, route }
}

// What the role of a client allows is not judged: nobody has shown a client key here.
function judgePolicy (route: Route, own: OwnRoles, method: string, toUpstream: string): Denial | undefined {
  return judgeRoles(policyOf(route, own), method, toUpstream.slice(route.upstream.basePath.length), () => undefined)
}

/** The proxy's router decodes paths, as decodeURI does: escapes that only hide a page of the proxy are refused. */
function judgeSpelling (path: string): Denial | undefined {
  try {
    const isPlain = isOwnPage(path) === isOwnPage(decodeURI(path))
    return isPlain ? undefined : { code: 'request-ambiguous', detail: 'the path is an unusual spelling of a page of the proxy' }
  } catch {
    return { code: 'request-ambiguous', detail: 'the path has escapes that cannot be decoded' }
  }
}

function isOwnPage (path: string): boolean {
  return path === '/-' || path.startsWith('/-/')
}

// Whether the proxy itself would say no to a call. The judges are those that requests meet, in their order; what only
// a whole request shows (framing, an Origin, too long a body, a wrong client key) is not judged.

import { judgeClientKey, judgeOwnPage } from './as-client.ts'
import type { Call } from './call.ts'
import type { Client } from '../../access/clients/client.ts'
import { judgeClientRoute } from '../../access/clients/judge-route.ts'
import { judgeEndpoint } from '../../access/closed.ts'
import { judgeRoles, policyOf } from '../../access/roles/judge-roles.ts'
import type { HeldRole } from '../../access/roles/judge-roles.ts'
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

/**
 * @param client - Who is to send it; undefined for somebody without a client key, who is taken for served.
 * @throws ProxyError `usage-invalid` for the address of an upstream, which no client of the proxy sends.
 */
export function judgeCall ({ method, target, authority }: Call, routes: readonly Route[], { listen: { allowedHosts }, roles, clients: { required } }: Pick<Config, 'listen' | 'roles' | 'clients'>, client?: Client): Judged {
  if (authority !== undefined && routes.some(({ upstream }) => upstream.host === authority)) {
    throw new ProxyError('usage-invalid', 'this is the address of LangSmith, not of the proxy', { hint: 'give the path as a client of the proxy sends it; "langsmith-proxy check" lists the prefixes' })
  }
  const path = pathOf(target)
  const denial = judgeTarget(target)
    ?? (authority === undefined ? undefined : judgeHost([authority], allowedHosts))
    ?? judgeMethod(method)
    ?? judgeSpelling(path)
    ?? (client === undefined ? undefined : judgeClientKey(client, path, Date.now()))
  if (denial !== undefined) return { denial, route: undefined, ownPage: false }
  if (isOwnPage(path)) return { denial: judgeOwnPage(client, method, path, required), route: undefined, ownPage: true }
  return { ...judgeRoute(method, path, routes, ownRoles(roles), client), ownPage: false }
}

function judgeRoute (method: string, path: string, routes: readonly Route[], own: OwnRoles, client: Client | undefined): Omit<Judged, 'ownPage'> {
  const routeOf = createRouteTable(routes)
  const route = routeOf(path)
  if (routeOf(decodeURI(path)) !== route) {
    return { denial: { code: 'request-ambiguous', detail: 'the path is an unusual spelling of another prefix' }, route: undefined }
  }
  if (route === undefined) return { denial: { code: 'no-route', detail: 'no route of the config has this path' }, route }
  const toUpstream = upstreamPath(route, path)
  const denial = (client === undefined ? undefined : judgeClientRoute(client, route.prefix))
    ?? judgeEndpoint(route, method, toUpstream)
    ?? judgeHeldRoles(route, own, client, method, toUpstream)
  if (denial !== undefined || route.credential.current !== undefined) return { denial, route }
  return { denial: { code: 'credential-unavailable', detail: `the key of credential "${route.credential.name}" cannot be read` }, route }
}

function judgeHeldRoles (route: Route, own: OwnRoles, client: Client | undefined, method: string, toUpstream: string): Denial | undefined {
  const held: readonly HeldRole[] = [...client === undefined ? [] : [{ role: client.role, of: 'client' } as const], ...policyOf(route, own)]
  return judgeRoles(held, method, toUpstream.slice(route.upstream.basePath.length), () => undefined)
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

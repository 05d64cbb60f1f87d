// What would become of a call, found out with the functions that requests pass through; nothing is sent.

import type { Call } from './call.ts'
import { judgeCall } from './judge-call.ts'
import type { Prepared } from '../prepare.ts'
import { describeRoute } from '../../routes/describe-route.ts'
import type { Client } from '../../access/clients/client.ts'
import { isWrite, permissionFor } from '../../diagnosis/permissions.ts'
import { HTTP_ERRORS } from '../../errors.ts'
import type { HttpErrorCode } from '../../errors.ts'
import type { ProxyStarted } from '../../events.ts'
import type { Denial } from '../../exchange.ts'
import { pathOf } from '../../guard/target.ts'
import { upstreamPath } from '../../routes/path.ts'
import type { Route } from '../../routes/route.ts'
import { isUnder } from '../../routes/table.ts'
import { cutQuery } from '../../swap/query.ts'
import { swapRequest } from '../../swap/request.ts'

/** Holds no secret. Names as in the log; what is undefined does not apply. */
export interface Outlook {
  readonly method: string
  /** As it was given, less the credentials in its query. */
  readonly path: string
  readonly own_page: boolean
  /** Who is to send it, where --client says so. */
  readonly client?: { readonly name: string, readonly role: string } | undefined
  /** Why the proxy would refuse it. */
  readonly denial?: { readonly code: HttpErrorCode, readonly status: number, readonly detail: string, readonly hint: string } | undefined
  readonly route?: ProxyStarted['routes'][number] | undefined
  /** Why it is this route. */
  readonly why?: string | undefined
  /** What goes upstream. */
  readonly url?: string | undefined
  /** It changes something. */
  readonly writes?: boolean | undefined
  /** What LangSmith's documentation asks of the key. */
  readonly permission?: string | undefined
  /** Names of headers that stay here where a caller sends them, and of query pairs that this call has. */
  readonly removed?: { readonly headers: readonly string[], readonly query: readonly string[] } | undefined
  /** Headers that the proxy sets. */
  readonly set?: Readonly<Record<string, string>> | undefined
}

/** What callers of all kinds send; some of it stays here. */
const USUAL_HEADERS = [
  'Authorization', 'X-API-Key', 'X-Tenant-Id', 'X-Organization-Id', 'X-User-Id', 'X-Service-Key', 'Cookie', 'Proxy-Authorization',
  'Forwarded', 'X-Forwarded-For', 'Connection', 'Accept', 'Content-Type', 'User-Agent'
]

/** @throws ProxyError `usage-invalid` as judgeCall does. */
export function foresee (call: Call, { routes, config }: Pick<Prepared, 'routes' | 'config'>, client?: Client): Outlook {
  const { method, target } = call
  const { denial, route, ownPage } = judgeCall(call, routes, config, client)
  const path = pathOf(target) + cutQuery(target.slice(pathOf(target).length)).query
  const asked = { method, path, client: client === undefined ? undefined : { name: client.name, role: client.role.name }, own_page: ownPage, denial: denial === undefined ? undefined : described(denial) }
  return route === undefined ? asked : { ...asked, ...wayOf(method, target, route, routes) }
}

function described ({ code, detail, hint }: Denial): NonNullable<Outlook['denial']> {
  const { status, hint: usual } = HTTP_ERRORS[code]
  return { code, status, detail, hint: hint ?? usual }
}

function wayOf (method: string, target: string, route: Route, routes: readonly Route[]): Omit<Outlook, 'method' | 'path' | 'client' | 'own_page' | 'denial'> {
  const { origin, basePath } = route.upstream
  const path = upstreamPath(route, pathOf(target))
  const documented = path.slice(basePath.length)
  const cut = cutQuery(target.slice(pathOf(target).length))
  return {
    route: describeRoute(route),
    why: reasonFor(route, routes, pathOf(target)),
    url: origin + path + cut.query,
    writes: isWrite(method, documented),
    permission: permissionFor(method, documented),
    ...swapOf(route, path, target, cut.removed)
  }
}

function reasonFor ({ prefix }: Route, routes: readonly Route[], path: string): string {
  if (routes.length === 1) return 'the only one'
  const fitting = routes.filter((route) => isUnder(route.prefix, path))
  return fitting.length === 1 ? 'the only prefix that fits' : `the longest of the prefixes that fit: ${fitting.map((route) => route.prefix).filter((other) => other !== prefix).join(', ')} is shorter`
}

/** Swaps the headers of a made-up caller, and tells the difference. */
function swapOf (route: Route, path: string, target: string, query: readonly string[]): Pick<Outlook, 'removed' | 'set'> {
  const { current } = route.credential
  if (current === undefined) return {}
  const { headers } = swapRequest(route, current, path, target, USUAL_HEADERS.flatMap((name) => [name, 'x']), 'explain')
  const pairs = headers.flatMap((name, i) => i % 2 === 0 ? [{ name, value: headers[i + 1] ?? '' }] : [])
  const kept = (name: string): boolean => pairs.some((pair) => pair.name === name && pair.value === 'x')
  return {
    removed: { headers: USUAL_HEADERS.filter((name) => !kept(name)), query },
    set: Object.fromEntries(pairs.filter(({ value }) => value !== 'x').map(({ name }) => [name, SHOWN[name.toLowerCase()] ?? (name === 'host' ? route.upstream.host : 'set')]))
  }
}

const SHOWN: Readonly<Record<string, string>> = { 'x-api-key': '[secret]', 'x-langsmith-proxy-hop': 'an ID of the proxy' }

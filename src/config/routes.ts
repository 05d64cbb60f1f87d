// From the settings of a route to where it goes: the upstream is chosen here, checked against the
// hosts that its credential may be sent to, and given its way out.

import { isLoopback } from './addresses.ts'
import type { CredentialConfig, EgressProxy, Notice, RouteConfig, Upstream } from './config.ts'
import { egressFor } from './egress.ts'
import type { Mistakes } from './mistakes.ts'
import { prefixMistake } from './prefix.ts'
import { REGION_NAMES } from './regions.ts'
import { showPath, type Path } from './schema-node.ts'
import type { RouteSettings } from './schema.ts'
import { suggestion } from './suggest.ts'
import { parseUpstream, upstreamOfRegion } from './upstream.ts'
import type { Entry } from './validate.ts'

export interface RouteContext {
  readonly place: (path: Path) => string
  /** Makes a path absolute. */
  readonly resolve: (path: string) => string
  readonly credentials: readonly CredentialConfig[]
  readonly closedEndpointNames: readonly string[]
  /** The environment that names the forward proxy; empty if none is to be used. */
  readonly egressEnv: Readonly<Record<string, string | undefined>>
  readonly mistakes: Mistakes
}

/** The routes that can be served, in the order they were written; the others are mistakes by now. */
export function buildRoutes (entries: readonly Entry<RouteSettings>[], context: RouteContext): readonly RouteConfig[] {
  const routes = entries.flatMap(({ path, value }) => buildRoute(path, value, context) ?? [])
  for (const [at, { path, value: { prefix } }] of entries.entries()) {
    const first = entries.findIndex((other) => other.value.prefix === prefix)
    if (first < at) {
      context.mistakes.add(context.place([...path, 'prefix']), `is the prefix of ${showPath(entries[first]?.path ?? [])} already; each route needs its own`)
    }
  }
  return routes
}

/** Things about routes and credentials that do no harm, but that nobody wants. */
export function routeNotices (routes: readonly RouteConfig[], credentials: readonly CredentialConfig[], place: (path: Path) => string): readonly Notice[] {
  const unused = credentials.filter(({ name }) => !routes.some((route) => route.credential === name))
  const idle = routes.flatMap(({ upstream, insecure, caFile }, at) => [
    ...upstream.tls && insecure ? [['routes', String(at), 'insecure']] : [],
    ...!upstream.tls && caFile !== undefined ? [['routes', String(at), 'ca']] : []
  ])
  return [
    ...unused.map(({ name }) => ({
      code: 'credential-unused',
      message: `${place(['credentials', name])}: no route uses this credential`,
      hint: 'remove it, or name it under "credential" of a route'
    })),
    ...idle.map((path) => ({
      code: 'setting-without-effect',
      message: `${place(path)}: does nothing with this upstream: "insecure" is for http addresses, "ca" for https`,
      hint: 'remove it'
    }))
  ]
}

function buildRoute (path: Path, route: RouteSettings, context: RouteContext): RouteConfig | undefined {
  const { mistakes } = context
  const at = (name: string) => context.place([...path, name])
  const wrongPrefix = prefixMistake(route.prefix)
  if (wrongPrefix !== undefined) mistakes.add(at('prefix'), wrongPrefix)
  checkOpen(path, route, context)
  const upstream = buildUpstream(path, route, context)
  if (upstream === undefined) return undefined
  checkBinding(at('upstream'), upstream, route, context)
  return {
    prefix: route.prefix,
    upstream,
    credential: route.credential,
    caFile: route.ca === undefined ? undefined : context.resolve(route.ca),
    insecure: route.insecure,
    open: [...new Set(route.open)],
    policy: route.policy,
    egress: buildEgress(upstream, context)
  }
}

function buildUpstream (path: Path, { region, upstream, insecure }: RouteSettings, { place, mistakes }: RouteContext): Upstream | undefined {
  if (region !== undefined && upstream !== undefined) {
    mistakes.add(place([...path, 'upstream']), 'cannot go with region; keep one of them')
    return undefined
  }
  if (upstream !== undefined) return mistakes.take(place([...path, 'upstream']), parseUpstream(upstream, { insecure }))
  if (region !== undefined) return upstreamOfRegion(region)
  mistakes.add(place(path), `needs a region (${REGION_NAMES.join(', ')}) or an upstream`)
  return undefined
}

// A key is bound to hosts, so that a config from elsewhere cannot send it to another place.
function checkBinding (place: string, upstream: Upstream, route: RouteSettings, { credentials, mistakes }: RouteContext): void {
  const { hostname, region } = upstream
  const credential = credentials.find(({ name }) => name === route.credential)
  if (credential === undefined || region !== undefined || isLoopback(hostname) || credential.hosts.includes(hostname)) return
  if (credential.apiKey.scheme === 'store' && place === 'LANGSMITH_ENDPOINT') {
    mistakes.add(place, 'is not where the stored key belongs; run langsmith-proxy init for this address, or set LANGSMITH_API_KEY to its key')
    return
  }
  const shown = hostname.includes(':') ? `"${hostname}"` : hostname
  mistakes.add(place, `credential ${credential.name} may not be sent to this host; to allow it, add credentials.${credential.name}.hosts: [${shown}]`)
}

function checkOpen (path: Path, { open }: RouteSettings, { place, closedEndpointNames, mistakes }: RouteContext): void {
  for (const [at, name] of open.entries()) {
    if (closedEndpointNames.includes(name)) continue
    mistakes.add(place([...path, 'open', String(at)]), `must be one of ${closedEndpointNames.join(', ')}${suggestion(name, closedEndpointNames)}`)
  }
}

function buildEgress (upstream: Upstream, { egressEnv, mistakes }: RouteContext): EgressProxy | undefined {
  const choice = egressFor(upstream, egressEnv)
  return choice === undefined ? undefined : mistakes.take(choice.setAt, choice.parsed)
}

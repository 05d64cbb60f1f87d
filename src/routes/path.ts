// From the path that a client used to the path that the upstream gets, and back for redirects.
// Cut off by bytes, mapped by the table of docs/routing.md, and otherwise left alone.

import { isUnder } from './table.ts'
import type { Route } from './route.ts'

// SDKs, exporters and people spell the OTLP address in these ways; LangSmith answers to one.
const OTLP_SPELLINGS: ReadonlySet<string> = new Set(['/otel', '/otel/', '/v1/traces', '/otel/v1/traces/v1/traces'])
const OTLP_PATH = '/otel/v1/traces'

/** The path that goes upstream for a client's raw path (no query). */
export function upstreamPath (route: Pick<Route, 'prefix' | 'upstream'>, path: string): string {
  const { basePath, selfHosted } = route.upstream
  const inside = withoutPrefix(route.prefix, path)
  const known = OTLP_SPELLINGS.has(inside) ? OTLP_PATH : inside
  return basePath + (selfHosted ? selfHostedPath(known) : known)
}

// Self-hosted LangSmith serves all its APIs below /api. Source: docs.langchain.com/langsmith/self-host-usage
// and the front end's nginx config in langchain-ai/helm (charts/langsmith/templates/frontend/config-map.yaml).
function selfHostedPath (path: string): string {
  if (isUnder('/api', path)) return path
  if (isUnder('/v1', path) || isUnder('/v2', path)) return `/api${path}`
  return `/api/v1${path}`
}

function withoutPrefix (prefix: string, path: string): string {
  if (prefix === '/') return path
  const rest = path.slice(prefix.length)
  return rest === '' ? '/' : rest
}

/** What became of a Location header. */
export interface MappedLocation {
  readonly location: string
  /** Host of a target outside the route's upstream; following it loses the key. */
  readonly foreignHost?: string
}

// scheme and authority, as far as there are any; then the rest.
const REFERENCE = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?(.*)$/is

/**
 * Maps a redirect to the upstream's own origin back to the route, as a path, so that it stays in the
 * proxy. Any other target is left as it is.
 */
export function clientLocation (route: Pick<Route, 'prefix' | 'upstream'>, location: string): MappedLocation {
  const { upstream, prefix } = route
  const [, scheme, authority, rest = ''] = REFERENCE.exec(location) ?? []
  if (authority === undefined && scheme !== undefined) return { location, foreignHost: `${scheme}:` }
  if (authority !== undefined && !isOrigin(upstream, scheme, authority)) return { location, foreignHost: hostOf(authority) }
  const target = authority !== undefined && !rest.startsWith('/') ? `/${rest}` : rest
  if (!target.startsWith('/')) return { location } // relative to the request: the same for both sides

  const path = target.replace(/[?#].*$/s, '')
  const base = upstream.selfHosted ? `${upstream.basePath}/api` : upstream.basePath
  if (base !== '' && !isUnder(base, path)) return { location, foreignHost: upstream.hostname }
  const inside = target.slice(upstream.basePath.length)
  if (prefix !== '/') return { location: prefix + inside }
  if (inside.startsWith('//')) return { location, foreignHost: upstream.hostname } // would name another host
  return { location: inside.startsWith('/') ? inside : `/${inside}` }
}

function isOrigin (upstream: Route['upstream'], scheme: string | undefined, authority: string): boolean {
  const ownScheme = upstream.tls ? 'https' : 'http'
  if (scheme !== undefined && scheme.toLowerCase() !== ownScheme) return false
  const usualPort = upstream.tls ? ':443' : ':80'
  const host = authority.toLowerCase()
  return (host.endsWith(usualPort) ? host.slice(0, -usualPort.length) : host) === upstream.host
}

function hostOf (authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1).toLowerCase().slice(0, 100)
}

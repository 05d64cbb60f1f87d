// Recognises closed endpoints on the path that would be forwarded, however it is spelled.

import { CLOSED_ENDPOINTS, CLOSED_ENDPOINT_NAMES } from './endpoints.ts'
import type { ClosedEndpointName } from './endpoints.ts'
import type { Denial } from '../exchange.ts'
import { lenientPath } from '../guard/target.ts'
import type { Route } from '../routes/route.ts'

// PATCH and DELETE too: they change who has a credential, or lock the owner of this one out.
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

// The first segment that a closed path can begin with; most requests end here.
const FIRST_SEGMENTS: ReadonlySet<string> = new Set(
  Object.values(CLOSED_ENDPOINTS).flatMap((endpoints) => endpoints.map(({ path }) => path.split('/')[0] ?? ''))
)

/**
 * @param path - The path that would be forwarded, without query.
 * @returns The denial, or undefined where the endpoint is not closed or the route has opened it.
 */
export function judgeEndpoint (route: Pick<Route, 'open' | 'upstream'>, method: string, path: string): Denial | undefined {
  const name = closedEndpoint(method, path, route.upstream.basePath)
  if (name === undefined || route.open.includes(name)) return undefined
  return {
    code: 'endpoint-closed',
    detail: `this endpoint hands out credentials (${name}); the proxy keeps it closed`,
    hint: `if every caller may have that, add ${name} to "open" of the route in a config file`
  }
}

/**
 * The name of the closed endpoint that this path is, as the most lenient server could read it.
 *
 * @param basePath - What the upstream has before `/api`.
 */
export function closedEndpoint (method: string, path: string, basePath = ''): ClosedEndpointName | undefined {
  const segments = meaningfulSegments(path.startsWith(basePath) ? path.slice(basePath.length) : path)
  if (!FIRST_SEGMENTS.has(segments[0] ?? '')) return undefined
  const reading = READS.has(method)
  return CLOSED_ENDPOINT_NAMES.find((name) => CLOSED_ENDPOINTS[name].some((endpoint) =>
    (!reading || 'reads' in endpoint) && startsWith(segments, endpoint.path.split('/'))
  ))
}

// Without empty segments, letter case, `/api` and version: /api/v1/x, /v1/x and /x are the same endpoint.
function meaningfulSegments (path: string): readonly string[] {
  const segments = lenientPath(path).toLowerCase().split('/').map(withoutEdges).filter((segment) => segment !== '')
  const first = segments.findIndex((segment) => segment !== 'api' && !/^v[0-9]+$/.test(segment))
  return first === -1 ? [] : segments.slice(first)
}

// Blanks around a segment and dots behind it are nothing to some servers.
function withoutEdges (segment: string): string {
  return segment.trim().replace(/[.\s]+$/, '')
}

function startsWith (segments: readonly string[], pattern: readonly string[]): boolean {
  return pattern.every((part, at) => part === segments[at] || (part === '*' && segments[at] !== undefined))
}

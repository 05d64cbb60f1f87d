// Gathers what is known about one refusal into the form that the rules read. Takes any bytes and any
// headers; the upstream may be broken or hostile.

import { readBody } from './body.ts'
import type { Evidence, History, OtherRoute } from './diagnosis.ts'
import type { Findings } from './findings.ts'
import { classOf } from './path-class.ts'
import { statementOf } from './statement.ts'
import type { Route } from '../routes/route.ts'
import { isUnder } from '../routes/table.ts'
import { expiryOf } from '../secrets/credential.ts'
import { headerOf } from '../upstream/ask.ts'
import type { Refused } from '../upstream/refusal-tap.ts'
import { secondsToWait } from '../upstream/retry-after.ts'

/** What a diagnosis needs to know of a refusal. */
export interface RefusedExchange extends Omit<Refused, 'exchange' | 'privateValues' | 'route'> {
  readonly route: Pick<Route, 'prefix' | 'upstream'>
}

/** What the process knows besides. */
export interface Known {
  readonly history: History
  readonly others: readonly OtherRoute[]
  readonly findings: Findings | undefined
  /** How old the findings are, in milliseconds; undefined where they are about this very answer. */
  readonly foundAgo?: number | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Headers that tell of something between LangSmith and here. */
const EDGE_HEADERS: ReadonlySet<string> = new Set([
  'via', 'cf-ray', 'x-amz-cf-id', 'x-amzn-trace-id', 'x-cache', 'x-squid-error', 'x-envoy-upstream-service-time', 'x-azure-ref', 'x-varnish', 'x-akamai-request-id',
  'proxy-authenticate', 'x-zscaler-id'
])

/** Never throws, whatever the upstream sent. */
export function collectEvidence (refused: RefusedExchange, known: Known): Evidence {
  const { status, method, headers, body, removed, route, credential, client } = refused
  const contentType = headerOf(headers, 'content-type')
  const path = withoutBase(refused.path.split(/[?#]/, 1)[0] ?? '', route.upstream)
  const { history, others, findings, foundAgo, now } = known
  const expiry = expiryOf(credential)
  const { dialect, fields } = readBody(body, contentType)
  return {
    status,
    method,
    path,
    pathClass: classOf(method, path),
    contentType,
    server: headerOf(headers, 'server'),
    edgeHeaders: edgeHeadersIn(headers),
    retryAfter: secondsToWait(headerOf(headers, 'retry-after'), now),
    dialect,
    fields,
    statement: statementOf({ dialect, fields, method, contentType, status }),
    removed: removed.map((name) => name.toLowerCase()),
    client: /^[\w.-]{1,40}/.exec(client ?? '')?.[0],
    route: {
      prefix: route.prefix,
      upstreamHost: route.upstream.host,
      region: route.upstream.region,
      credential: credential.name,
      secretRef: credential.secretRef,
      keyShape: credential.shape,
      workspaceId: credential.workspaceId,
      organizationId: credential.organizationId
    },
    key: {
      fingerprint: credential.apiKey.fingerprint,
      age: now - credential.since,
      expiresIn: expiry === undefined ? undefined : expiry.at - now,
      expirySaidBy: expiry?.saidBy
    },
    history, others, findings, foundAgo
  }
}

function edgeHeadersIn (headers: readonly string[]): readonly string[] {
  return headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()).filter((name) => EDGE_HEADERS.has(name))
}

/** A path as the API documents it: what comes before that says nothing about the call. */
export function withoutBase (path: string, { basePath }: Route['upstream']): string {
  return basePath !== '' && isUnder(basePath, path) ? path.slice(basePath.length) : path
}

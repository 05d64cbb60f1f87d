// Gathers what is known about one refusal into the form that the rules read. Takes any bytes and any
// headers; the upstream may be broken or hostile.

import { readBody } from './body.ts'
import type { Evidence } from './diagnosis.ts'
import type { Refused } from '../upstream/refusal-tap.ts'

/** What a diagnosis needs to know of a refusal. */
export type RefusedExchange = Omit<Refused, 'exchange' | 'privateValues'>

/** Never throws, whatever the upstream sent. */
export function collectEvidence ({ status, method, path, headers, body, removed, route, credential }: RefusedExchange): Evidence {
  const contentType = headerOf(headers, 'content-type')
  const { prefix, upstream } = route
  return {
    status,
    method,
    path: path.split(/[?#]/, 1)[0] ?? '',
    contentType,
    server: headerOf(headers, 'server'),
    ...readBody(body, contentType),
    removed: removed.map((name) => name.toLowerCase()),
    route: {
      prefix,
      upstreamHost: upstream.host,
      region: upstream.region,
      credential: credential.name,
      secretRef: credential.secretRef,
      keyShape: credential.shape,
      workspaceId: credential.workspaceId
    }
  }
}

/** The first header of this name, which is what a reader of the answer would take. */
function headerOf (headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name)
  return at === -1 ? undefined : headers[at + 1]
}

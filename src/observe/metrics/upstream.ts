// Metrics of the way to LangSmith: routes, connections, and what went wrong there.

import type { Book } from './book.ts'
import { addSeconds } from './tally.ts'
import type { Emit, ProxyEvent } from '../../events.ts'
import type { HttpErrorCode } from '../../errors.ts'
import type { Route } from '../../routes/route.ts'
import type { Connected, Connections } from '../../upstream/connections.ts'

/** A route, and the connections that its requests take. */
export interface OpenWay {
  readonly route: Pick<Route, 'prefix' | 'upstream' | 'credential'>
  readonly connections: Pick<Connections, 'count'>
}

export interface UpstreamMetrics {
  readonly emit: Emit
  /** Takes every new connection. @param route - Its prefix. */
  readonly connected: (route: string, connected: Connected) => void
}

const FAILURES: readonly HttpErrorCode[] = ['upstream-unreachable', 'upstream-tls', 'upstream-protocol', 'upstream-timeout']

/** @param ways - Those of the config in use. */
export function addUpstreamMetrics (book: Book, ways: () => readonly OpenWay[]): UpstreamMetrics {
  const ofRoute = { labels: ['route'], most: 500 }
  book.read('gauge', { name: 'langsmith_proxy_route_info', help: 'Always 1; the labels say which routes there are.', labels: ['route', 'region', 'credential'], most: 500 }, () => ways().map(({ route }) => {
    for (const code of FAILURES) failures.of({ route: route.prefix, code }) // a counter that begins with 1 has not risen, to Prometheus
    return { labels: { route: route.prefix, region: route.upstream.region ?? '', credential: route.credential.name }, value: 1 }
  }))
  book.read('gauge', { name: 'langsmith_proxy_upstream_connections', help: 'Open connections, by whether a request is on them.', labels: ['route', 'state'], most: 500 }, () => ways().flatMap(({ route: { prefix: route }, connections }) => {
    const { open, busy } = connections.count()
    return [{ labels: { route, state: 'busy' }, value: busy }, { labels: { route, state: 'idle' }, value: Math.max(0, open - busy) }]
  }))
  const opened = book.counter({ name: 'langsmith_proxy_upstream_connections_opened_total', help: 'New connections, by the TLS that they speak; none for plain http.', labels: ['route', 'tls'], most: 500 })
  const connecting = book.seconds({ name: 'langsmith_proxy_upstream_connect_seconds', help: 'How long a new connection took, with its TLS handshake.', labels: ['route'], most: 100 })
  const failures = book.counter({
    name: 'langsmith_proxy_upstream_failures_total', help: 'Requests that found LangSmith not reachable, or broken off; what the code means is in docs/errors.md.', labels: ['route', 'code'], most: 500
  })
  const retries = book.counter({ name: 'langsmith_proxy_upstream_retries_total', help: 'Requests that were sent a second time, because a kept-alive connection was dead.', ...ofRoute })
  const redirects = book.counter({ name: 'langsmith_proxy_foreign_redirects_total', help: 'Redirects to another origin, which clients follow without a key.', ...ofRoute })

  return {
    connected (route, { seconds, tls }) {
      opened.of({ route, tls }).value++
      addSeconds(connecting.of({ route }), seconds)
    },
    emit (event: ProxyEvent) {
      switch (event.event) {
        case 'upstream.failed':
          failures.of({ route: event.route ?? '', code: event.code }).value++
          break
        case 'upstream.retried':
          retries.of({ route: event.route ?? '' }).value++
          break
        case 'redirect.foreign':
          redirects.of({ route: event.route ?? '' }).value++
          break
        default: // not about the way there
      }
    }
  }
}

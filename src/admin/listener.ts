// The second listener: health pages only, for probes that cannot reach loopback (kubelet). It answers
// to any Host and knows nothing else, so it may listen on every address.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { HEALTH_PATHS, healthOf } from './health.ts'
import type { Lifecycle } from './health.ts'
import { answerFor, MARKER_HEADER } from '../answer.ts'

/** Probes are short; whoever is slower is none. */
const REQUEST_MS = 5000
/** Probes come one at a time; the rest is room for those who hold connections to keep them out. */
const MAX_CONNECTIONS = 500

/** Makes the server; it does not listen yet. */
export function createAdminServer (lifecycle: Lifecycle): Server {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS / 5 }, (request, response) => {
    response.shouldKeepAlive = false // else 500 that ask now and then would keep the probes out
    const path = HEALTH_PATHS.find((known) => known === request.url)
    if (path === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      const answer = answerFor({ code: 'no-route', detail: 'this address serves the health pages only' }, 'admin', true)
      response.writeHead(answer.status, answer.reason, [...answer.headers]).end(answer.body)
      return
    }
    const { status, body } = healthOf(path, lifecycle)
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', [MARKER_HEADER]: 'proxy', 'cache-control': 'no-store' }).end(body)
  })
  server.maxConnections = MAX_CONNECTIONS
  server.timeout = REQUEST_MS // also for who does not read
  return server
}

// The second listener: health pages, for probes that cannot reach loopback (kubelet). It answers them to any Host
// and knows nothing of requests, so it may listen on every address. What changes something is served on loopback
// only, and to programs of this machine only.

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { HEALTH_PATHS, healthOf } from './health.ts'
import type { Lifecycle } from './health.ts'
import { createStopPage, STOP_PAGE } from './stop.ts'
import { TEXT_HEADERS } from './text-headers.ts'
import { answerFor } from '../answer.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Denial } from '../exchange.ts'
import { judgeBrowser } from '../guard/browser.ts'
import { readHead } from '../guard/head.ts'
import { judgeHost } from '../guard/host.ts'

/** Probes are short; whoever is slower is none. */
const REQUEST_MS = 5000
/** Probes come one at a time; the rest is room for those who hold connections to keep them out. */
const MAX_CONNECTIONS = 500

/** What changes something, by method and path, such as `POST /-/stop`. */
type Changes = ReadonlyMap<string, (request: IncomingMessage, response: ServerResponse) => void>

export interface AdminListener {
  /** It does not listen yet. */
  readonly server: Server
  /** Tells all who asked for a stop. @param cut - How many requests were cut. */
  readonly tellStopped: (cut: number) => Promise<void>
}

/** @param host - Where it will listen. @param onStop - What POST /-/stop does; without it, there is no such page. */
export function createAdminListener (lifecycle: Lifecycle, host: string, onStop?: () => void): AdminListener {
  const stopPage = onStop === undefined || !isLoopback(host) ? undefined : createStopPage(onStop)
  const changes: Changes = new Map(stopPage === undefined ? [] : [[STOP_PAGE, stopPage.answer]]) // another change is one more entry
  return { server: createAdminServer(lifecycle, changes), tellStopped: async (cut) => { await stopPage?.tell(cut) } }
}

function createAdminServer (lifecycle: Lifecycle, changes: Changes): Server {
  const elsewhere: Denial = { code: 'no-route', detail: `this address serves ${['the health pages', ...changes.keys()].join(' and ')} only`, hint: 'requests for LangSmith go to the other listener' }

  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS / 5 }, (request, response) => {
    response.shouldKeepAlive = false // else 500 that ask now and then would keep the probes out
    const { method = '', url = '', rawHeaders } = request
    const change = changes.get(`${method} ${url}`)
    const page = HEALTH_PATHS.find((known) => known === url)
    if (change !== undefined) {
      const denial = judgeCaller(rawHeaders)
      if (denial === undefined) change(request, response)
      else deny(response, denial)
    } else if (page !== undefined && (method === 'GET' || method === 'HEAD')) {
      const { status, body } = healthOf(page, lifecycle)
      response.writeHead(status, TEXT_HEADERS).end(body)
    } else {
      deny(response, elsewhere)
    }
  })
  server.maxConnections = MAX_CONNECTIONS
  server.timeout = REQUEST_MS // also for who does not read
  return server
}

/** A web page must not change anything, whatever name it has bound to loopback. */
function judgeCaller (rawHeaders: readonly string[]): Denial | undefined {
  const head = readHead(rawHeaders)
  const wrongHost = judgeHost(head.host, [])
  if (wrongHost !== undefined) return { ...wrongHost, hint: 'call it as localhost or 127.0.0.1' }
  return judgeBrowser(head, false)
}

function deny (response: ServerResponse, denial: Denial): void {
  const { status, reason, headers, body } = answerFor(denial, 'admin', true)
  response.writeHead(status, reason, [...headers]).end(body)
}

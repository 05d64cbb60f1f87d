// The second listener: health pages, for probes that cannot reach loopback (kubelet). It answers them to any Host
// and knows nothing of requests, so it may listen on every address. What changes something is served on loopback
// only, and to programs of this machine only.

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { deny } from './deny.ts'
import { HEALTH_PATHS, healthOf } from './health.ts'
import type { Lifecycle } from './health.ts'
import { createLogLevelPage, LOG_LEVEL_PATH } from './log-level-page.ts'
import { createStopPage, STOP_PAGE } from './stop.ts'
import { TEXT_HEADERS } from './text-headers.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Denial } from '../exchange.ts'
import { judgeBrowser } from '../guard/browser.ts'
import { readHead } from '../guard/head.ts'
import { judgeHost } from '../guard/host.ts'
import type { LevelSwitch } from '../observe/logger.ts'

/** Probes are short; whoever is slower is none. */
const REQUEST_MS = 5000
/** Probes come one at a time; the rest is room for those who hold connections to keep them out. */
const MAX_CONNECTIONS = 500

/** What changes something, or belongs to that, by method and path, such as `POST /-/stop`. */
type Changes = ReadonlyMap<string, (request: IncomingMessage, response: ServerResponse) => void>

export interface AdminListener {
  /** It does not listen yet. */
  readonly server: Server
  /** Tells all who asked for a stop. @param cut - How many requests were cut. */
  readonly tellStopped: (cut: number) => Promise<void>
}

export interface AdminOptions {
  /** Where it will listen. */
  readonly host: string
  /** What POST /-/stop does; without it, there is no such page. */
  readonly onStop?: (() => void) | undefined
  /** What /-/log-level tells and changes; without it, there is no such page. */
  readonly logLevel?: LevelSwitch | undefined
}

export function createAdminListener (lifecycle: Lifecycle, { host, onStop, logLevel }: AdminOptions): AdminListener {
  if (!isLoopback(host)) return { server: createAdminServer(lifecycle, new Map()), tellStopped: async () => {} }
  const stopPage = onStop === undefined ? undefined : createStopPage(onStop)
  const levelPage = logLevel === undefined ? undefined : createLogLevelPage(logLevel)
  const changes: Changes = new Map([
    ...stopPage === undefined ? [] : [[STOP_PAGE, stopPage.answer]] as const,
    ...levelPage === undefined ? [] : [[`GET ${LOG_LEVEL_PATH}`, levelPage.get], [`PUT ${LOG_LEVEL_PATH}`, levelPage.put]] as const
  ])
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

// The proxy, put together in the order in which a request meets its parts: guard, the proxy's own
// pages, then the mount of its route, where access, swap and upstream follow. Read this first.

import { randomBytes } from 'node:crypto'
import { fastify } from 'fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createAdminServer } from './admin/listener.ts'
import type { Lifecycle } from './admin/health.ts'
import { adminPlugin } from './admin/plugin.ts'
import type { Config } from './config/config.ts'
import { finishRequests, trackSilentConnections } from './drain.ts'
import { describeFailure, HTTP_ERRORS } from './errors.ts'
import type { Emit } from './events.ts'
import { startExchange } from './exchange.ts'
import type { Denial, Exchange } from './exchange.ts'
import { answerClientError } from './guard/client-error.ts'
import { deny, guardPlugin } from './guard/plugin.ts'
import { trackAnswers } from './guard/open-answers.ts'
import { handleServerEvents } from './guard/server-events.ts'
import { listen } from './listen.ts'
import type { Listeners } from './listen.ts'
import { watchExchanges } from './observe/exchanges.ts'
import { createMetrics } from './observe/metrics.ts'
import { createRefusalReport } from './observe/refusals.ts'
import type { Route } from './routes/route.ts'
import type { MaskText } from './swap/mask-text.ts'
import { upstreamPlugin } from './upstream/plugin.ts'

export interface ProxyParts {
  readonly config: Config
  readonly routes: readonly Route[]
  /** PEM text by file name, for routes with a caFile. */
  readonly authorities: ReadonlyMap<string, string>
  /** Takes every event that is to be logged. */
  readonly log: Emit
  /** Log lines that could not be written so far. */
  readonly lostLines: () => number
  readonly maskText: MaskText
  readonly build: { readonly version: string, readonly node: string }
}

export interface Proxy {
  /** Starts listening. @returns The URL. @throws ProxyError `listen-failed`. */
  start: () => Promise<string>
  /** Stops cleanly: not ready, no new connections, requests in flight finish until the deadline. @returns How many were cut. */
  drain: (signal: string) => Promise<number>
  /** Stops at once. */
  close: () => Promise<void>
}

const MAX_HEAD_BYTES = 16 * 1024
const HEAD_TIMEOUT_MS = 60_000
const KEEP_ALIVE_MS = 72_000
/** Bounds memory and connections; a client that gets 503 for it tries again a second later. */
const MAX_IN_FLIGHT = 2000

/** Builds the proxy; it does not listen yet. */
export async function createProxy (parts: ProxyParts): Promise<Proxy> {
  const { config, routes, log } = parts
  const hopId = randomBytes(6).toString('hex')
  const lifecycle: Lifecycle = { started: false, stopping: false }
  const metrics = createMetrics({ build: parts.build, inFlight: () => exchanges.inFlight(), lostLines: parts.lostLines })
  const emit: Emit = (event) => {
    metrics.emit(event)
    log(event)
  }
  const exchanges = watchExchanges(emit)
  let draining = false
  let requestCount = 0

  function begin (request: FastifyRequest, reply: FastifyReply): Exchange {
    requestCount++
    const exchange = startExchange(`${hopId}-${requestCount.toString(36)}`, request.method, request.raw.url ?? '')
    exchanges.watch(exchange, reply.raw)
    return exchange
  }

  /** Reports a denial of what never became a request with a record of its own. */
  function reportUnrouted (method: string, { code, detail, hint }: Denial): void {
    const { status, hint: usualHint } = HTTP_ERRORS[code]
    emit({ event: 'request.denied', reqId: hopId, method, path: '?', code, status, detail, hint: hint ?? usualHint })
  }

  const app = fastify({
    logger: false, // everything that is logged is an event of events.ts
    bodyLimit: Number.MAX_SAFE_INTEGER, // bodies are not parsed; listen.bodyLimit is the guard's
    routerOptions: { querystringParser: () => ({}) },
    return503OnClosing: false, // the guard answers while draining
    frameworkErrors (_error, request, reply) {
      request.exchange = begin(request, reply) // the router could not even decode the path: no hook has run
      deny(request, reply, { code: 'request-ambiguous', detail: 'the path has escapes that cannot be decoded' })
    },
    clientErrorHandler (error, socket) {
      const denial = answerClientError(error, socket, hopId, openAnswers(socket))
      if (denial !== undefined) reportUnrouted('?', denial)
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0, // uploads may last; the time between two pieces is limited (upstream/request-body.ts)
    http: {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: HEAD_TIMEOUT_MS,
      connectionsCheckingInterval: 5000,
      requireHostHeader: false, // the guard says so itself, in our form
      insecureHTTPParser: false
    }
  })
  const { server } = app
  const openAnswers = trackAnswers(server)
  server.maxHeadersCount = 0 // with a limit, headers past it are invisible here but still frame the message (CVE-2026-58044)
  handleServerEvents(server, hopId, (denial) => { reportUnrouted('CONNECT', denial) })
  const silent = trackSilentConnections(server)

  app.removeAllContentTypeParsers()
  app.setNotFoundHandler((request, reply) => {
    deny(request, reply, { code: 'no-route', detail: 'no route of the config has this path' })
  })
  app.setErrorHandler((error: Error, request, reply) => {
    emit({ event: 'internal.failed', reqId: request.exchange.id, ...describeFailure(error) })
    deny(request, reply, { code: 'internal-error', detail: 'the proxy failed on this request' })
  })
  await app.register(guardPlugin, {
    allowedHosts: config.listen.allowedHosts,
    bodyLimit: config.listen.bodyLimit,
    hopId,
    isDraining: () => draining,
    isOverloaded: () => exchanges.inFlight() > MAX_IN_FLIGHT,
    begin
  })
  await app.register(adminPlugin, { lifecycle, metrics })
  await app.register(upstreamPlugin, {
    routes,
    authorities: parts.authorities,
    timeouts: config.timeouts,
    bodyLimit: config.listen.bodyLimit,
    hopId,
    emit,
    explain: createRefusalReport(emit, parts.maskText)
  })
  await app.ready()

  const adminServer = config.admin === undefined ? undefined : createAdminServer(lifecycle)
  const open: Listeners[] = []
  const hurry = new AbortController()

  async function close (): Promise<void> {
    hurry.abort()
    exchanges.cutAll()
    for (const listener of open) listener.close()
    server.closeAllConnections()
    adminServer?.closeAllConnections()
    await app.close()
  }

  return {
    async start () {
      try {
        const main = await listen(server, config.listen.host, config.listen.port, '--port')
        open.push(main)
        if (adminServer !== undefined && config.admin !== undefined) open.push(await listen(adminServer, config.admin.host, config.admin.port, 'admin.port'))
        lifecycle.started = true
        return main.url
      } catch (error) {
        await close() // a listener that did open would keep the process alive
        throw error
      }
    },
    async drain (signal) {
      lifecycle.stopping = true
      emit({ event: 'proxy.draining', signal, in_flight: exchanges.inFlight() })
      await pause(config.drain.delay, hurry.signal)
      draining = true
      for (const listener of open) listener.close()
      silent.closeSilent()
      const cut = await finishRequests(server, exchanges, config.drain.deadline, hurry.signal)
      await close()
      return cut
    },
    close
  }
}

function pause (ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve() }, { once: true })
  })
}

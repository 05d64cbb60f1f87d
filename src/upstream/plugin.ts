// Mounts every route: @fastify/http-proxy gives the prefix, the methods and the unparsed body; access
// and swap run in its preHandler, and our own dispatch forwards. reply-from, which http-proxy would
// forward with, never does: why is in docs/decisions/0001-forwarding.md.

import httpProxy from '@fastify/http-proxy'
import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { connectTo } from './connections.ts'
import { createForward } from './forward.ts'
import type { Forward } from './forward.ts'
import type { ExplainRefusal } from './refusal-tap.ts'
import { judgeEndpoint } from '../access/closed.ts'
import type { Config } from '../config/config.ts'
import type { Emit } from '../events.ts'
import type { Denial } from '../exchange.ts'
import { METHODS } from '../guard/methods.ts'
import { deny } from '../guard/plugin.ts'
import { pathOf } from '../guard/target.ts'
import { upstreamPath } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'
import { createRouteTable } from '../routes/table.ts'
import { swapRequest } from '../swap/request.ts'

export interface UpstreamOptions {
  readonly routes: readonly Route[]
  /** PEM text by file name, for routes with a caFile. */
  readonly authorities: ReadonlyMap<string, string>
  readonly timeouts: Config['timeouts']
  readonly bodyLimit: number | undefined
  readonly hopId: string
  readonly explain: ExplainRefusal
  readonly emit: Emit
}

/** What http-proxy would forward with; that nothing is ever sent through it is the point. */
const NEVER_FORWARDS = {
  request () { throw new Error('reply-from must not forward') },
  close (done: () => void) { done() },
  destroy (done: () => void) { done() }
}

export const upstreamPlugin = fp(async (app: FastifyInstance, options: UpstreamOptions) => {
  const routeOf = createRouteTable(options.routes)

  for (const route of options.routes) {
    const ca = route.caFile === undefined ? undefined : options.authorities.get(route.caFile)
    const connections = connectTo(route, options.timeouts, ca)
    app.addHook('onClose', connections.close)
    const forward = createForward({
      route, connections, explain: options.explain, emit: options.emit,
      bodyLimits: { idle: options.timeouts.clientIdle, size: options.bodyLimit }
    })
    await app.register(httpProxy, {
      upstream: route.upstream.origin,
      prefix: route.prefix,
      httpMethods: [...METHODS],
      undici: NEVER_FORWARDS,
      preHandler (request: FastifyRequest, reply: FastifyReply) { pass(request, reply, route, forward) }
    })
  }

  function pass (request: FastifyRequest, reply: FastifyReply, route: Route, forward: Forward): void {
    const { exchange } = request
    exchange.route = route.prefix
    exchange.credential = route.credential.name
    const path = pathOf(exchange.target)
    const toUpstream = upstreamPath(route, path)
    // The router decodes paths, the table does not: where they differ, the path could be read as either route's.
    const denial: Denial | undefined = routeOf(path) === route
      ? judgeEndpoint(route, exchange.method, toUpstream)
      : { code: 'request-ambiguous', detail: 'the path is an unusual spelling of another prefix' }
    if (denial !== undefined) {
      deny(request, reply, denial)
      return
    }
    const swapped = swapRequest(route, toUpstream, exchange.target, request.raw.rawHeaders, options.hopId)
    if (swapped.queryRemoved.length > 0) exchange.queryRemoved = swapped.queryRemoved
    reply.hijack()
    forward(request.raw, reply.raw, exchange, swapped)
  }
}, { name: 'upstream', fastify: '5.x', dependencies: ['guard'] })

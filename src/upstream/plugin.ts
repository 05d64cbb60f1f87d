// Mounts every route: @fastify/http-proxy gives the prefix, the methods and the unparsed body; access
// and swap run in its preHandler, and our own dispatch forwards. reply-from, which http-proxy would
// forward with, never does: why is in docs/decisions/0001-forwarding.md.

import type { IncomingMessage, ServerResponse } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Connections } from './connections.ts'
import { createForward } from './forward.ts'
import type { Forward } from './forward.ts'
import type { ExplainRefusal } from './refusal-tap.ts'
import type { BodyLimits } from './request-body.ts'
import { judgeClientRoute } from '../access/clients/judge-route.ts'
import { judgeEndpoint } from '../access/closed.ts'
import { judgeRoles, policyOf } from '../access/roles/judge-roles.ts'
import type { HeldRole } from '../access/roles/judge-roles.ts'
import type { OwnRoles } from '../access/roles/role.ts'
import { sendDenial } from '../answer.ts'
import { describeFailure } from '../errors.ts'
import type { Emit } from '../events.ts'
import { requestFields } from '../exchange.ts'
import type { Denial, Exchange } from '../exchange.ts'
import { METHODS } from '../guard/methods.ts'
import { deny } from '../guard/plugin.ts'
import { pathOf } from '../guard/target.ts'
import { budgetOf } from '../pacing/budget-of.ts'
import type { Pacer, Wait } from '../pacing/pacer.ts'
import { upstreamPath } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'
import { createRouteTable } from '../routes/table.ts'
import { swapRequest } from '../swap/request.ts'

/** A route and the connections that its requests take. */
export interface Way {
  readonly route: Route
  /** Undefined where requests go at once. */
  readonly pacer?: Pacer | undefined
  readonly connections: Connections
}

export interface UpstreamOptions {
  readonly ways: readonly Way[]
  /** Those of the config, which routes name as their policy. */
  readonly roles: OwnRoles
  readonly bodyLimits: BodyLimits
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
  const { ways, roles, explain, emit, bodyLimits, hopId } = options
  const routeOf = createRouteTable(ways.map(({ route }) => route))

  for (const way of ways) {
    const { route, connections, pacer } = way
    await new Promise(setImmediate) // a mount takes milliseconds, and at a reload requests are waiting
    const forward = createForward({
      route, connections, explain, emit, bodyLimits,
      onTooMany (method, path, retryAfter) { pacer?.refused(budgetOf(method, path.slice(route.upstream.basePath.length)), retryAfter) }
    })
    const policy = policyOf(route, roles)
    await app.register(httpProxy, {
      upstream: route.upstream.origin,
      prefix: route.prefix,
      httpMethods: [...METHODS],
      undici: NEVER_FORWARDS,
      preHandler (request: FastifyRequest, reply: FastifyReply) { pass(request, reply, way, policy, forward) }
    })
  }

  /** @param path - The path that would be forwarded. */
  function judgeAccess ({ client, exchange }: FastifyRequest, route: Route, policy: readonly HeldRole[], path: string): Denial | undefined {
    const held: readonly HeldRole[] = client === undefined ? policy : [{ role: client.role, of: 'client' }, ...policy]
    return (client === undefined ? undefined : judgeClientRoute(client, route.prefix))
      ?? judgeEndpoint(route, exchange.method, path)
      ?? judgeRoles(held, exchange.method, path.slice(route.upstream.basePath.length), (would) => { emit({ event: 'role.would_deny', ...requestFields(exchange), ...would }) })
  }

  function pass (request: FastifyRequest, reply: FastifyReply, { route, pacer }: Way, policy: readonly HeldRole[], forward: Forward): void {
    const { exchange } = request
    exchange.route = route.prefix
    exchange.credential = route.credential.name
    const path = pathOf(exchange.target)
    const toUpstream = upstreamPath(route, path)
    // The router decodes paths, the table does not: where they differ, the path could be read as either route's.
    const denial: Denial | undefined = routeOf(path) === route
      ? judgeAccess(request, route, policy, toUpstream)
      : { code: 'request-ambiguous', detail: 'the path is an unusual spelling of another prefix' }
    if (denial !== undefined) {
      deny(request, reply, denial)
      return
    }
    reply.hijack()
    const go = (): void => { send(request.raw, reply.raw, exchange, route, toUpstream, forward) }
    const pace = pacer?.pace(spenderOf(exchange), budgetOf(exchange.method, toUpstream.slice(route.upstream.basePath.length))) ?? 'go'
    if (pace === 'go') go()
    else if ('code' in pace) sendDenial(request.raw, reply.raw, exchange, pace)
    else waitFor(pace, request.raw, reply.raw, exchange, go)
  }

  function waitFor (wait: Wait, request: IncomingMessage, response: ServerResponse, exchange: Exchange, go: () => void): void {
    const begun = performance.now()
    response.once('close', wait.leave)
    wait.start((denial) => {
      exchange.waited = performance.now() - begun
      response.off('close', wait.leave)
      if (denial !== undefined) {
        sendDenial(request, response, exchange, denial)
        return
      }
      try {
        go()
      } catch (error) { // here, because nobody above could catch it
        emit({ event: 'internal.failed', reqId: exchange.id, ...describeFailure(error) })
        sendDenial(request, response, exchange, { code: 'internal-error', detail: 'the proxy failed on this request' })
      }
    })
  }

  /** @param path - The path that is forwarded. */
  function send (request: IncomingMessage, response: ServerResponse, exchange: Exchange, route: Route, path: string, forward: Forward): void {
    const credential = route.credential.current // one version for the whole request, whatever changes meanwhile
    if (credential === undefined) {
      sendDenial(request, response, exchange, { code: 'credential-unavailable', detail: `the key of credential "${route.credential.name}" could not be read yet` })
      return
    }
    exchange.fingerprint = credential.apiKey.fingerprint
    const swapped = swapRequest(route, credential, path, exchange.target, request.rawHeaders, hopId)
    if (swapped.queryRemoved.length > 0) exchange.queryRemoved = swapped.queryRemoved
    forward(request, response, exchange, { swapped, credential })
  }
}, { name: 'upstream', fastify: '5.x', dependencies: ['guard'] })

/** Whose turn it is by: the client, or where it comes from. */
function spenderOf ({ client, caller: { address } }: Exchange): string {
  return client ?? address ?? 'local'
}

// Mounts every route: @fastify/http-proxy gives the prefix, the methods and the unparsed body; access
// and swap run in its preHandler, and our own dispatch forwards. reply-from, which http-proxy would
// forward with, never does: why is in docs/decisions/0001-forwarding.md.

import httpProxy from '@fastify/http-proxy'
import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createDeparture } from './departure.ts'
import type { Way } from './departure.ts'
import { createForward } from './forward.ts'
import type { Forward } from './forward.ts'
import type { ExplainRefusal } from './refusal-tap.ts'
import type { BodyLimits } from './request-body.ts'
import { judgeClientRoute } from '../access/clients/judge-route.ts'
import { judgeEndpoint } from '../access/closed.ts'
import type { ClientLimits } from '../access/limits/client-limits.ts'
import { judgeRoles, policyOf } from '../access/roles/judge-roles.ts'
import type { HeldRole } from '../access/roles/judge-roles.ts'
import type { OwnRoles } from '../access/roles/role.ts'
import type { Emit } from '../events.ts'
import { requestFields } from '../exchange.ts'
import type { Denial } from '../exchange.ts'
import { METHODS } from '../guard/methods.ts'
import { deny } from '../guard/plugin.ts'
import { pathOf } from '../guard/target.ts'
import { budgetOf } from '../pacing/budget-of.ts'
import { upstreamPath } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'
import { createRouteTable } from '../routes/table.ts'

export interface UpstreamOptions {
  readonly ways: readonly Way[]
  /** Those of the config, which routes name as their policy. */
  readonly roles: OwnRoles
  /** Asked last, so that what goes no further counts for nobody. */
  readonly admit: ClientLimits['admit']
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
  const { ways, roles, admit, explain, emit, bodyLimits, hopId } = options
  const depart = createDeparture({ admit, hopId, emit })
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

  function pass (request: FastifyRequest, reply: FastifyReply, way: Way, policy: readonly HeldRole[], forward: Forward): void {
    const { exchange } = request
    const { route } = way
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
    depart({ request: request.raw, response: reply.raw, exchange, way, path: toUpstream, forward })
  }
}, { name: 'upstream', fastify: '5.x', dependencies: ['guard'] })

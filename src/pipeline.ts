// The way of a request for one config: guard, client key, the proxy's own pages, then the mount of its route, where
// access, swap and upstream follow. A reload makes the next pipeline; requests finish on the one they began with.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { fastify } from 'fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LiveClients } from './access/clients/live-clients.ts'
import { clientsPlugin } from './access/clients/plugin.ts'
import type { ClientMemory } from './access/clients/plugin.ts'
import type { ClientLimits } from './access/limits/client-limits.ts'
import { ownRoles } from './access/roles/judge.ts'
import type { Stream } from './admin/dashboard/stream.ts'
import type { Lifecycle } from './admin/health.ts'
import { adminPlugin } from './admin/plugin.ts'
import type { Config } from './config/config.ts'
import type { RegionName } from './config/regions.ts'
import type { ProbeHosts } from './diagnosis/probe/hosts.ts'
import { hostsOf } from './diagnosis/probe/hosts-of.ts'
import { describeFailure } from './errors.ts'
import type { Emit } from './events.ts'
import { startExchange } from './exchange.ts'
import type { Denial, Exchange } from './exchange.ts'
import { knowCallers } from './guard/callers.ts'
import { deny, guardPlugin } from './guard/plugin.ts'
import type { IsSameMachine } from './guard/same-machine.ts'
import type { Metrics } from './observe/metrics.ts'
import type { RecentRefusals } from './observe/recent-refusals.ts'
import type { Usage } from './observe/usage.ts'
import type { Pacing } from './pacing/pacing.ts'
import type { Route } from './routes/route.ts'
import type { Credential } from './secrets/credential.ts'
import type { Verdict } from './secrets/rotation/judge.ts'
import { keyMaskOf } from './swap/key-mask.ts'
import { connectTo } from './upstream/connections.ts'
import type { Way } from './upstream/departure.ts'
import { upstreamPlugin } from './upstream/plugin.ts'
import { probe } from './upstream/probe.ts'
import type { Refused } from './upstream/refusal-tap.ts'

/** What a config says, ready to use. */
export interface Plan {
  readonly config: Config
  readonly routes: readonly Route[]
  /** PEM text by file name, for routes with a caFile. */
  readonly authorities: ReadonlyMap<string, string>
  /** Who may call; without it, nobody has a client key. */
  readonly clients?: LiveClients | undefined
  /** Where a region's API is; tests put a sandbox there. */
  readonly regionUpstream?: (name: RegionName) => Route['upstream']
}

/** What all pipelines of a process share. */
export interface Surroundings {
  readonly hopId: string
  readonly lifecycle: Lifecycle
  readonly metrics: Pick<Metrics, 'text' | 'contentType' | 'connected'>
  readonly refusals: Pick<RecentRefusals, 'list'>
  readonly clientMemory: ClientMemory
  readonly pacing: Pick<Pacing, 'forRoute' | 'uses'>
  readonly usage: Pick<Usage, 'since' | 'rows'>
  readonly stream: Pick<Stream, 'open'>
  readonly admit: ClientLimits['admit']
  readonly emit: Emit
  /** Explains an answer to a request of this plan. @returns The code for the client. */
  readonly explain: (refused: Refused, plan: Pick<Plan, 'config' | 'routes'> & Pick<Pipeline, 'hostsFor'>) => string
  readonly isDraining: () => boolean
  readonly judgeConnection: (socket: Socket) => Denial | undefined
  readonly isOverloaded: () => boolean
  readonly isSameMachine: IsSameMachine
  /** Gives each request its ID. */
  readonly nextId: () => string
  /** Follows a request until its answer is out. */
  readonly watch: (exchange: Exchange, response: ServerResponse) => void
}

export interface Pipeline {
  readonly plan: Plan
  readonly ways: readonly Way[]
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Tries a credential where its routes go. */
  readonly verify: (credential: Credential) => Promise<Verdict>
  /** Whom to ask about a refusal of this credential on this route. */
  readonly hostsFor: (route: Route) => ProbeHosts
  /** Whether an address is that of a trusted proxy. */
  readonly isTrustedProxy: (address: string) => boolean
  /** Takes no more requests; closes when those under way have ended. */
  readonly retire: () => void
  /** Cuts what is under way. */
  readonly close: () => Promise<void>
}

const NO_CLIENTS: Pick<LiveClients, 'current'> = { current: new Map() }

/** Builds the pipeline of a plan; nothing is sent yet. */
export async function createPipeline (plan: Plan, surroundings: Surroundings): Promise<Pipeline> {
  const { config, routes, authorities } = plan
  const { hopId, lifecycle, metrics, refusals, clientMemory, pacing, usage, stream, admit, emit, explain, isDraining, judgeConnection, isOverloaded, isSameMachine } = surroundings
  const ways = routes.map((route) => ({
    route, pacer: pacing.forRoute(route, config.pacing), connections: connectTo(route, config.timeouts, route.caFile === undefined ? undefined : authorities.get(route.caFile), config.listen.maxInFlight, (connected) => { metrics.connected(route.prefix, connected) })
  }))
  const hostsFor = hostsOf(ways, { hopId, timeouts: config.timeouts, authorities, regionUpstream: plan.regionUpstream })
  const callers = knowCallers(config.listen.trustedProxies)
  let underWay = 0
  let retired = false

  function begin (request: FastifyRequest, reply: FastifyReply): Exchange {
    const exchange = startExchange(surroundings.nextId(), request.raw, callers.of(request.raw))
    surroundings.watch(exchange, reply.raw)
    return exchange
  }

  const app = fastify({
    logger: false, // everything that is logged is an event of events.ts
    bodyLimit: Number.MAX_SAFE_INTEGER, // bodies are not parsed; listen.bodyLimit is the guard's
    routerOptions: { querystringParser: () => ({}) },
    return503OnClosing: false, // the guard answers while draining
    frameworkErrors (_error, request, reply) {
      request.exchange = begin(request, reply) // the router could not even decode the path: no hook has run
      deny(request, reply, { code: 'request-ambiguous', detail: 'the path has escapes that cannot be decoded' })
    }
  })
  app.removeAllContentTypeParsers()
  app.setNotFoundHandler((request, reply) => {
    deny(request, reply, { code: 'no-route', detail: 'no route of the config has this path' })
  })
  app.setErrorHandler((error: Error, request, reply) => {
    emit({ event: 'internal.failed', reqId: request.exchange.id, ...describeFailure(error) })
    deny(request, reply, { code: 'internal-error', detail: 'the proxy failed on this request' })
  })
  await app.register(guardPlugin, {
    allowedHosts: config.listen.allowedHosts, bodyLimit: config.listen.bodyLimit, hopId, isDraining, judgeConnection, isOverloaded, begin
  })
  const clients = plan.clients ?? NO_CLIENTS
  const { required } = config.clients
  await app.register(clientsPlugin, { live: clients, required, memory: clientMemory })
  await app.register(adminPlugin, { lifecycle, metrics, refusals, isSameMachine, keysRequired: required, clients: () => clients.current, lastUsed: clientMemory.lastUsed, usage, pacing, stream })
  await app.register(upstreamPlugin, {
    ways, roles: ownRoles(config.roles), admit, hopId, emit, explain: (refused) => explain(refused, { config, routes, hostsFor }), bodyLimits: { idle: config.timeouts.clientIdle, size: config.listen.bodyLimit }
  })
  await app.ready()

  async function close (): Promise<void> {
    await Promise.all(ways.map(({ connections }) => connections.close()))
    await app.close()
  }

  function closeWhenIdle (): void {
    if (retired && underWay === 0) void close().catch((error: unknown) => { emit({ event: 'internal.failed', ...describeFailure(error) }) })
  }

  return {
    plan, ways, hostsFor, isTrustedProxy: callers.isTrusted,
    handle (request, response) {
      underWay++
      response.on('close', () => {
        underWay--
        closeWhenIdle()
      })
      app.routing(request, response)
    },
    async verify (credential) {
      if (retired) return { says: 'untold', reason: 'the config has changed' }
      const way = ways.find(({ route }) => route.credential.name === credential.name)
      if (way === undefined) return { says: 'untold', reason: 'no route uses it' }
      keyMaskOf(way.route.credential, credential.apiKey) // the upstream gets to know this key, and may echo it to anybody
      return probe({ route: way.route, connection: way.connections.pooled, hopId }, credential)
    },
    retire () {
      retired = true
      closeWhenIdle()
    },
    close
  }
}

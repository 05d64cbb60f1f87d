// The proxy's own pages under /-/. Everything else belongs to the upstream.

import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientsAsJson } from './clients-page.ts'
import { addDashboard, DASHBOARD_PAGES } from './dashboard/plugin.ts'
import type { Stream } from './dashboard/stream.ts'
import { HEALTH_PATHS, healthOf } from './health.ts'
import type { Lifecycle } from './health.ts'
import { refusalsAsJson, refusalsAsText, wantsText } from './refusals-page.ts'
import { usageAsJson } from './usage-page.ts'
import type { ClientList } from '../access/clients/client.ts'
import { MARKER_HEADER } from '../answer.ts'
import type { Denial } from '../exchange.ts'
import { deny } from '../guard/plugin.ts'
import type { IsSameMachine } from '../guard/same-machine.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { RecentRefusals } from '../observe/recent-refusals.ts'
import type { Usage } from '../observe/usage.ts'
import type { Pacing } from '../pacing/pacing.ts'

export interface AdminOptions {
  readonly lifecycle: Lifecycle
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly refusals: Pick<RecentRefusals, 'list'>
  readonly isSameMachine: IsSameMachine
  /** The setting clients.required. */
  readonly keysRequired: boolean
  readonly clients: () => ClientList
  /** Milliseconds since 1970 by the name of the client; live. */
  readonly lastUsed: ReadonlyMap<string, number>
  readonly usage: Pick<Usage, 'since' | 'rows'>
  readonly pacing: Pick<Pacing, 'uses'>
  /** What the dashboard shows. */
  readonly stream: Pick<Stream, 'open'>
}

/** Where client keys are required, for clients with the role admin only. */
export const ADMIN_PAGES = ['/-/metrics', '/-/refusals', '/-/clients', '/-/usage', ...DASHBOARD_PAGES] as const
export const FOR_ADMINS: Denial = { code: 'role-denied', detail: 'this page is for clients with the role admin', hint: 'ask the person who runs this proxy for a client key with that role' }

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'

export const adminPlugin = fp(async (app: FastifyInstance, { lifecycle, metrics, refusals, isSameMachine, keysRequired, clients, lastUsed, usage, pacing, stream }: AdminOptions) => {
  const config = { ownPage: true }
  const guarded = { config, preHandler: keysRequired ? onlyForAdmins : onlyFrom(isSameMachine) }

  for (const path of HEALTH_PATHS) {
    app.get(path, { config: { ...config, openToAll: true } }, (_request, reply) => {
      const { status, body } = healthOf(path, lifecycle)
      return page(reply, TEXT).code(status).send(body)
    })
  }

  app.get('/-/metrics', guarded, async (_request, reply) => page(reply, metrics.contentType).send(await metrics.text()))

  app.get('/-/refusals', guarded, (request, reply) => {
    if (wantsText(request.headers)) return page(reply, TEXT).send(refusalsAsText(refusals.list()))
    return page(reply, JSON_TYPE).send(refusalsAsJson(refusals.list()))
  })

  app.get('/-/clients', guarded, (_request, reply) => page(reply, JSON_TYPE).send(clientsAsJson(clients(), lastUsed)))

  app.get('/-/usage', guarded, (_request, reply) => page(reply, JSON_TYPE).send(usageAsJson(usage, pacing.uses())))

  addDashboard(app, { stream, preHandler: guarded.preHandler, page })
  for (const url of ['/-', '/-/*']) {
    app.all(url, { config }, (request, reply) => {
      deny(request, reply, { code: 'no-route', detail: 'the proxy has no such page', hint: 'its pages are /-/ (the dashboard), /-/live, /-/ready, /-/startup, /-/metrics, /-/refusals, /-/clients and /-/usage' })
    })
  }
}, { name: 'admin', fastify: '5.x', dependencies: ['guard', 'clients'] })

/** Lets callers on the same machine through; what a proxy passed on comes from anywhere. */
function onlyFrom (isSameMachine: IsSameMachine) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (!request.exchange.caller.isForwarded && isSameMachine(request.raw.socket)) done()
    else deny(request, reply, { code: 'role-denied', detail: 'this page is for callers on the same machine', hint: 'read it from the machine or container where the proxy runs' })
  }
}

/** Where client keys are required, the peer says nothing: what speaks TLS in front may stand on this machine. */
function onlyForAdmins (request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (request.client?.role.pages === true) done()
  else deny(request, reply, FOR_ADMINS)
}

function page (reply: FastifyReply, type: string): FastifyReply {
  return reply.headers({ 'content-type': type, [MARKER_HEADER]: 'proxy', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
}

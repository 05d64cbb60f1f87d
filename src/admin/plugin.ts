// The proxy's own pages under /-/. Everything else belongs to the upstream.

import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HEALTH_PATHS, healthOf } from './health.ts'
import type { Lifecycle } from './health.ts'
import { refusalsAsJson, refusalsAsText, wantsText } from './refusals-page.ts'
import { MARKER_HEADER } from '../answer.ts'
import { deny } from '../guard/plugin.ts'
import type { IsSameMachine } from '../guard/same-machine.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { RecentRefusals } from '../observe/recent-refusals.ts'

export interface AdminOptions {
  readonly lifecycle: Lifecycle
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly refusals: Pick<RecentRefusals, 'list'>
  readonly isSameMachine: IsSameMachine
}

const TEXT = 'text/plain; charset=utf-8'

export const adminPlugin = fp(async (app: FastifyInstance, { lifecycle, metrics, refusals, isSameMachine }: AdminOptions) => {
  const config = { ownPage: true }
  const preHandler = onlyFrom(isSameMachine)

  for (const path of HEALTH_PATHS) {
    app.get(path, { config }, (_request, reply) => {
      const { status, body } = healthOf(path, lifecycle)
      return page(reply, TEXT).code(status).send(body)
    })
  }

  app.get('/-/metrics', { config, preHandler }, async (_request, reply) => page(reply, metrics.contentType).send(await metrics.text()))

  app.get('/-/refusals', { config, preHandler }, (request, reply) => {
    if (wantsText(request.headers)) return page(reply, TEXT).send(refusalsAsText(refusals.list()))
    return page(reply, 'application/json; charset=utf-8').send(refusalsAsJson(refusals.list()))
  })

  for (const url of ['/-', '/-/*']) {
    app.all(url, { config }, (request, reply) => {
      deny(request, reply, { code: 'no-route', detail: 'the proxy has no such page', hint: 'its pages are /-/live, /-/ready, /-/startup, /-/metrics and /-/refusals' })
    })
  }
}, { name: 'admin', fastify: '5.x', dependencies: ['guard'] })

/** Lets callers on the same machine through. */
function onlyFrom (isSameMachine: IsSameMachine) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (isSameMachine(request.raw.socket)) done()
    else deny(request, reply, { code: 'role-denied', detail: 'this page is for callers on the same machine', hint: 'read it from the machine or container where the proxy runs' })
  }
}

function page (reply: FastifyReply, type: string): FastifyReply {
  return reply.headers({ 'content-type': type, [MARKER_HEADER]: 'proxy', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
}

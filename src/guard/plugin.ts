// May this request come in at all? Runs before everything else, for every request, the proxy's own
// pages included. It connects the judges of this folder to Fastify and starts the request's record.

import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { judgeBrowser } from './browser.ts'
import { judgeFraming, judgeLength } from './framing.ts'
import { readHead } from './head.ts'
import { judgeHost } from './host.ts'
import { judgeLines, overLimit } from './limits.ts'
import { judgeMethod } from './methods.ts'
import { judgeTarget, pathOf } from './target.ts'
import { createUpgradeJudge } from './upgrade.ts'
import { sendDenial } from '../answer.ts'
import type { Denial, Exchange } from '../exchange.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The record of this request; set before any other hook runs. */
    exchange: Exchange
  }
  interface FastifyContextConfig {
    /** One of the proxy's own pages under /-/. */
    ownPage?: boolean
  }
}

export interface GuardOptions {
  /** Names besides the loopback ones; lower case, without port. */
  readonly allowedHosts: readonly string[]
  /** Largest request body in bytes; undefined for no limit. */
  readonly bodyLimit: number | undefined
  /** This process's own hop ID. */
  readonly hopId: string
  readonly isDraining: () => boolean
  /** Why the connection of a request is one too many. */
  readonly judgeConnection: (socket: Socket) => Denial | undefined
  /** More requests are under way than the proxy takes. */
  readonly isOverloaded: () => boolean
  /** Starts the record of a request. */
  readonly begin: (request: FastifyRequest, reply: FastifyReply) => Exchange
}

export const guardPlugin = fp(async (app: FastifyInstance, options: GuardOptions) => {
  // The record is made in each request's first hook, so there is no useful default value.
  app.decorateRequest('exchange')

  const judgeUpgrade = createUpgradeJudge()

  app.addHook('onRequest', (request, reply, done) => {
    request.exchange = options.begin(request, reply)
    const tooMany = options.judgeConnection(request.raw.socket)
    if (tooMany !== undefined) reply.raw.shouldKeepAlive = false
    const denial = judgeUpgrade(request.raw, reply.raw) ?? judge(request, options, tooMany)
    if (denial !== undefined) {
      deny(request, reply, denial)
      return
    }
    // Fastify would look for a parser of the body, and answer 415 where it has none. Nothing is parsed here: what
    // is forwarded is the raw head, so this changes only what Fastify sees.
    const { headers } = request.raw
    headers['content-type'] = headers['content-length'] = headers['transfer-encoding'] = undefined
    done()
  })
}, { name: 'guard', fastify: '5.x' })

/** Answers with the proxy's own no; the request goes no further. */
export function deny (request: FastifyRequest, reply: FastifyReply, denial: Denial): void {
  reply.hijack()
  sendDenial(request.raw, reply.raw, request.exchange, denial)
}

/** @param tooMany - Holds only if the request has no fault of its own: its author should hear of that first. */
function judge (request: FastifyRequest, options: GuardOptions, tooMany: Denial | undefined): Denial | undefined {
  const { exchange: { target }, raw } = request
  const ownPage = request.routeOptions.config.ownPage === true
  const lines = judgeLines(raw.rawHeaders)
  if (lines !== undefined) return lines
  const head = readHead(raw.rawHeaders)
  return judgeTarget(target)
    ?? judgeHost(head.host, options.allowedHosts)
    ?? judgeFraming(head, raw.httpVersion)
    ?? judgeBrowser(head, ownPage)
    ?? judgeMethod(request.method) // before the page: for a method without routes the router knows no pages
    ?? judgePage(target, ownPage)
    ?? judgeHop(head.hop, options.hopId)
    ?? judgeLength(head.contentLength[0], options.bodyLimit)
    ?? (ownPage ? undefined : tooMany ?? judgeState(options))
}

// The router decodes paths; where that made one of our pages out of another spelling, nobody can say
// for whom the request was meant.
function judgePage (target: string, ownPage: boolean): Denial | undefined {
  const path = pathOf(target)
  const spelled = path === '/-' || path.startsWith('/-/')
  return spelled === ownPage ? undefined : { code: 'request-ambiguous', detail: 'the path is an unusual spelling of a page of the proxy' }
}

function judgeState ({ isDraining, isOverloaded }: GuardOptions): Denial | undefined {
  if (isDraining()) return { code: 'draining', detail: 'the proxy is stopping' }
  return isOverloaded() ? overLimit('too many requests are under way', 'listen.maxInFlight') : undefined
}

function judgeHop (hops: readonly string[], hopId: string): Denial | undefined {
  const seen = hops.some((value) => value.split(',').some((id) => id.trim() === hopId))
  return seen ? { code: 'loop-detected', detail: 'the request has passed this proxy before' } : undefined
}

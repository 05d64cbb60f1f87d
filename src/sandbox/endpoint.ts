// What stands around every endpoint of LangSmith: the whole body is read first (so that tests see it,
// whatever the answer), then the caller is judged, then the endpoint runs. What goes wrong is said in
// the dialect of the endpoint.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { judge, type Allowed, type Demand } from './auth.ts'
import { collect, decode } from './body.ts'
import type { Answer } from './known-answers.ts'
import { PayloadRefused } from './payload-refused.ts'
import { failureAnswer, refusalAnswer, type Dialect } from './refusal.ts'
import type { RegionContext } from './region-context.ts'
import type { Workspace } from './world.ts'

/** A request that was let in. */
export interface Call extends Allowed {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Unpacked. */
  readonly body: Buffer
}

/** A call that acts in a workspace. */
export interface WorkspaceCall extends Call {
  readonly workspace: Workspace
}

type Handler<C> = (call: C) => unknown
type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** An endpoint that acts in a workspace. The result of the handler is the answer's body. */
export function inWorkspace (
  context: RegionContext, demand: { dialect: Dialect } & Omit<Demand, 'scope'>, handler: Handler<WorkspaceCall>
): RouteHandler {
  return endpoint(context, { ...demand, scope: 'workspace' }, (call) => {
    if (call.workspace === undefined) throw new Error('a call without workspace was let in')
    return handler({ ...call, workspace: call.workspace })
  })
}

/** An endpoint for which a valid key is enough. */
export function withKey (context: RegionContext, demand: { dialect: Dialect } & Omit<Demand, 'scope'>, handler: Handler<Call>): RouteHandler {
  return endpoint(context, { ...demand, scope: 'key' }, handler)
}

function endpoint (context: RegionContext, demand: Demand & { dialect: Dialect }, handler: Handler<Call>): RouteHandler {
  return async (request, reply) => {
    try {
      const packed = await collect(context.ledger.read(request.raw))
      const { world, region, now } = context
      const verdict = judge(request.headers, demand, { world, region, now: now(), peer: request.ip })
      if (!verdict.allowed) return await sendAnswer(reply, refusalAnswer(verdict.reason, demand.dialect))
      const body = await decode(packed, request.headers['content-encoding'])
      return await handler({ ...verdict, request, reply, body })
    } catch (error) {
      if (!(error instanceof PayloadRefused)) throw error
      return await sendAnswer(reply, failureAnswer(error.status, error.message, demand.dialect))
    }
  }
}

/**
 * Sends a whole answer, byte for byte.
 *
 * @param reply - Of the request.
 * @param answer - For example from the table of known answers.
 */
export function sendAnswer (reply: FastifyReply, answer: Answer): FastifyReply {
  // As bytes: Fastify would add a charset to the type of a text.
  return reply.code(answer.status).headers(answer.headers ?? {}).header('content-type', answer.type).send(Buffer.from(answer.body))
}

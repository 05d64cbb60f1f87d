// The HTTP server of one region: LangSmith's endpoints plus the controls under /sandbox/.

import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import fastify, { type FastifyInstance } from 'fastify'
import { drain } from './body.ts'
import { heldToBudgets } from './budgets.ts'
import { sendAnswer } from './endpoint.ts'
import { forcedAnswers } from './forced-answer.ts'
import { canonicalUrl } from './paths.ts'
import { failureAnswer } from './refusal.ts'
import type { RegionContext } from './region-context.ts'
import { controlRoutes } from './routes/controls.ts'
import { feedbackRoutes } from './routes/feedback.ts'
import { identityRoutes } from './routes/identity.ts'
import { ingestRoutes } from './routes/ingest.ts'
import { otelRoutes } from './routes/otel.ts'
import { projectRoutes } from './routes/projects.ts'
import { promptRoutes } from './routes/prompts.ts'
import { runRoutes } from './routes/runs.ts'
import { streamRoutes } from './routes/streams.ts'

/** PEM texts. */
export interface TlsFiles {
  readonly key: string | Buffer
  readonly cert: string | Buffer
}

/**
 * Makes the server of one region; the caller lets it listen.
 *
 * @param context - What its endpoints share.
 * @param tls - For https; undefined for http.
 */
export function regionServer (context: RegionContext, tls: TlsFiles | undefined): FastifyInstance {
  const app = fastify({
    // Requests are written down before the router sees them: it rewrites their URL.
    serverFactory: (handler): Server => {
      const listener: RequestListener = (request, response) => {
        context.ledger.open(context.region, request)
        handler(request, response)
      }
      // A delayed request may stand longer than Node's five minutes.
      const options = { requestTimeout: 0 }
      return tls === undefined ? createPlainServer(options, listener) : createTlsServer({ ...options, ...tls }, listener)
    },
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    forceCloseConnections: true,
    return503OnClosing: false
  })

  // Bodies are read by the endpoints, from the raw request: some never end up in memory.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => { done(null) })
  app.addHook('onRequest', forcedAnswers(context))
  if (context.budgets) app.addHook('onRequest', heldToBudgets(context))

  for (const add of [
    identityRoutes, ingestRoutes, runRoutes, projectRoutes, feedbackRoutes, otelRoutes, promptRoutes, streamRoutes, controlRoutes
  ]) add(app, context)

  app.setNotFoundHandler(async (request, reply) => {
    await drain(context.ledger.read(request.raw))
    return sendAnswer(reply, failureAnswer(404, 'Not Found', 'python')) // what FastAPI says; UNCONFIRMED for LangSmith
  })
  return app
}

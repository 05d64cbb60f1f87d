// Server-sent events, as some endpoints of LangSmith answer (docs/langsmith-api.md, section 5.1). The
// events themselves are made up, their form in LangSmith is UNCONFIRMED.

import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { inWorkspace } from '../endpoint.ts'
import type { RegionContext } from '../region-context.ts'

/** Adds GET /datasets/ID/stream?events=3&intervalMs=100. */
export function streamRoutes (app: FastifyInstance, context: RegionContext): void {
  app.get('/datasets/:id/stream', inWorkspace(context, { dialect: 'python', permission: 'datasets:read' }, ({ request, reply }) => {
    const { events = '3', intervalMs = '100' } = request.query as { events?: string, intervalMs?: string }
    const source = someEvents(Number(events), Number(intervalMs), context.closing)
    return reply.type('text/event-stream').header('cache-control', 'no-cache').send(Readable.from(source))
  }))
}

/** The first at once, the others one interval apart. */
async function* someEvents (count: number, intervalMs: number, closing: AbortSignal): AsyncGenerator<string> {
  for (let index = 0; index < count; index++) {
    if (index > 0) await delay(intervalMs, undefined, { signal: closing })
    yield `event: data\nid: ${index}\ndata: ${JSON.stringify({ index })}\n\n`
  }
  yield 'event: end\ndata: {}\n\n'
}

// OpenTelemetry traces over HTTP (docs/langsmith-api.md, section 1.4). Only the exact path works: the
// doubled one is the known mistake (B22), and whether bare /otel is taken is UNCONFIRMED: here it is not.

import type { FastifyInstance } from 'fastify'
import { inWorkspace, sendAnswer, type WorkspaceCall } from '../endpoint.ts'
import { KNOWN_ANSWERS } from '../known-answers.ts'
import { spansFromJson, spansFromProtobuf } from '../otlp.ts'
import { PayloadRefused } from '../payload-refused.ts'
import type { RegionContext } from '../region-context.ts'
import type { RunWrite } from '../run-parts.ts'

/** Adds the endpoints. */
export function otelRoutes (app: FastifyInstance, context: RegionContext): void {
  app.post('/otel/v1/traces', inWorkspace(context, { dialect: 'go', permission: 'runs:create' }, (call) => {
    const { writes, type, success } = readExport(call)
    const project = call.request.headers['langsmith-project']
    for (const write of writes) {
      context.store.writeRun(call.workspace.id, { ...write, fields: { ...write.fields, session_name: project } })
    }
    return call.reply.type(type).send(success)
  }))

  for (const path of ['/otel', '/otel/', '/otel/v1/traces/v1/traces']) {
    app.post(path, (_request, reply) => sendAnswer(reply, KNOWN_ANSWERS.B22))
  }
}

/** An export that was taken whole is answered by an empty message, in the form of the request (OTLP specification). */
function readExport ({ body, request }: WorkspaceCall): { writes: RunWrite[], type: string, success: string } {
  const type = (request.headers['content-type']?.split(';')[0] ?? '').trim().toLowerCase()
  switch (type) {
    case 'application/json': return { writes: spansFromJson(body), type, success: '{}' }
    case 'application/x-protobuf': return { writes: spansFromProtobuf(body), type, success: '' }
    default: throw new PayloadRefused(415, 'Content-Type must be application/json or application/x-protobuf')
  }
}

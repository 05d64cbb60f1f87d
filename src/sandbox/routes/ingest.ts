// Writing runs: one by one, as a batch, as multipart (docs/langsmith-api.md, section 5.1). LangSmith's Go
// backend answers here. The bodies of 202 answers are UNCONFIRMED; SDKs do not read them.

import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { inWorkspace, type WorkspaceCall } from '../endpoint.ts'
import { isUuid, listOfFields, parseFields, type Fields } from '../json.ts'
import { parseMultipart } from '../multipart.ts'
import { PayloadRefused } from '../payload-refused.ts'
import type { RegionContext } from '../region-context.ts'
import { sortParts, type RunWrite } from '../run-parts.ts'

const DEMAND = { dialect: 'go', permission: 'runs:create' } as const

const RUN_TYPES = ['tool', 'chain', 'llm', 'retriever', 'embedding', 'prompt', 'parser']

/** Adds the endpoints. */
export function ingestRoutes (app: FastifyInstance, context: RegionContext): void {
  const { store } = context

  app.post('/runs', inWorkspace(context, DEMAND, (call) => {
    const fields = parseFields(call.body)
    const write = checked(context, call, fields.id ?? randomUUID(), fields)
    // Seen as a status; SDKs swallow it (section 4.3, case 33). The words are UNCONFIRMED.
    if (store.run(call.workspace.id, write.id) !== undefined) throw new PayloadRefused(409, 'run already exists')
    store.writeRun(call.workspace.id, write)
    return accepted(call, { id: write.id })
  }))

  app.patch('/runs/:id', inWorkspace(context, DEMAND, (call) => {
    const { id } = call.request.params as { id: string }
    store.writeRun(call.workspace.id, checked(context, call, id, parseFields(call.body)))
    return accepted(call)
  }))

  app.post('/runs/batch', inWorkspace(context, DEMAND, (call) => {
    const { post, patch } = parseFields(call.body)
    const all = [...listOfFields(post, 'post'), ...listOfFields(patch, 'patch')]
    for (const write of all.map((fields) => checked(context, call, fields.id, fields))) store.writeRun(call.workspace.id, write)
    return accepted(call)
  }))

  app.post('/runs/multipart', inWorkspace(context, DEMAND, (call) => {
    const { writes, feedback, attachments } = sortParts(parseMultipart(call.body, call.request.headers['content-type']))
    for (const write of writes.map(({ id, fields }) => checked(context, call, id, fields))) store.writeRun(call.workspace.id, write)
    for (const [id, files] of attachments) store.writeRun(call.workspace.id, { id, fields: {} }, files)
    for (const fields of feedback) store.writeFeedback(call.workspace.id, fields)
    return accepted(call)
  }))
}

/**
 * A write that may be stored. The rules are those that people were seen to run into: run_type (B20)
 * and session_id (section 4.3, case 39, which leaves 422 or 404 open; SDKs take 404 for something else).
 */
function checked ({ store }: RegionContext, { workspace }: WorkspaceCall, id: unknown, fields: Fields): RunWrite {
  const { run_type: runType, session_id: project } = fields
  if (!isUuid(id)) throw new PayloadRefused(422, 'run id must be a UUID')
  if (runType !== undefined && !RUN_TYPES.some((known) => known === runType)) throw new PayloadRefused(422, `run_type must be one of ${RUN_TYPES.join(', ')}`)
  if (project !== undefined && project !== null && !store.projects(workspace.id).some((known) => known.id === project)) {
    throw new PayloadRefused(422, 'session_id must be the UUID of a project')
  }
  return { id, fields }
}

function accepted ({ reply }: WorkspaceCall, body: Fields = {}): Fields {
  reply.code(202)
  return body
}

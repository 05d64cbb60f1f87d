// Reading runs back: classic and v2 (docs/langsmith-api.md, section 5.1). Filters in LangSmith's query
// language are not played: `filter` is ignored.

import type { FastifyInstance } from 'fastify'
import { inWorkspace, type WorkspaceCall } from '../endpoint.ts'
import { listOfTexts, parseFields, type Fields } from '../json.ts'
import { pageOf } from '../paging.ts'
import { PayloadRefused } from '../payload-refused.ts'
import type { RegionContext } from '../region-context.ts'
import { matches, readQuery, viewRun, viewRunV2 } from '../run-view.ts'
import type { StoredRun } from '../store.ts'

/** Adds the endpoints. */
export function runRoutes (app: FastifyInstance, context: RegionContext): void {
  const python = { dialect: 'python', permission: 'runs:read' } as const
  const v2 = { dialect: 'v2', permission: 'runs:read' } as const

  app.get('/runs/:id', inWorkspace(context, python, (call) => viewRun(theRun(context, call))))

  app.post('/runs/query', inWorkspace(context, python, (call) => {
    const { runs, next } = found(context, call, parseFields(call.body))
    return { runs: runs.map(viewRun), cursors: { next } }
  }))

  app.get('/v2/runs/:id', inWorkspace(context, v2, (call) => {
    const { selects } = call.request.query as { selects?: string | string[] }
    return viewRunV2(theRun(context, call), listOfTexts(selects))
  }))

  app.post('/v2/runs/query', inWorkspace(context, v2, (call) => {
    const body = parseFields(call.body)
    const { runs, next } = found(context, call, body)
    return { items: runs.map((run) => viewRunV2(run, listOfTexts(body.selects))), next_cursor: next }
  }))
}

function theRun ({ store }: RegionContext, { request, workspace }: WorkspaceCall): StoredRun {
  const { id } = request.params as { id: string }
  const run = store.run(workspace.id, id)
  if (run === undefined) throw new PayloadRefused(404, 'Run not found') // words UNCONFIRMED
  return run
}

function found ({ store }: RegionContext, { workspace }: WorkspaceCall, body: Fields): { runs: StoredRun[], next: string | null } {
  const query = readQuery(body)
  // Newest first, as in the web pages.
  const all = store.runs(workspace.id).filter((run) => matches(run, query)).reverse()
  const { items, next } = pageOf(all, { limit: body.limit ?? body.page_size, offset: body.cursor ?? body.offset })
  return { runs: items, next }
}

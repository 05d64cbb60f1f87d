// Feedback on runs (docs/langsmith-api.md, section 5.1).

import type { FastifyInstance } from 'fastify'
import { inWorkspace } from '../endpoint.ts'
import { listOfTexts, parseFields } from '../json.ts'
import { pageOf } from '../paging.ts'
import { PayloadRefused } from '../payload-refused.ts'
import type { RegionContext } from '../region-context.ts'

interface ListQuery { run?: string | string[], key?: string | string[], limit?: string, offset?: string }

/** Adds the endpoints. */
export function feedbackRoutes (app: FastifyInstance, context: RegionContext): void {
  const { store } = context

  app.post('/feedback', inWorkspace(context, { dialect: 'python', permission: 'feedback:create' }, ({ workspace, body }) => {
    const fields = parseFields(body)
    if (typeof fields.key !== 'string') throw new PayloadRefused(422, 'key is missing')
    return store.writeFeedback(workspace.id, fields)
  }))

  app.get('/feedback', inWorkspace(context, { dialect: 'python', permission: 'feedback:read' }, ({ request, workspace }) => {
    const { run, key, limit, offset } = request.query as ListQuery
    const runs = listOfTexts(run)
    const keys = listOfTexts(key)
    const all = store.feedback(workspace.id).filter((feedback) =>
      (runs?.includes(String(feedback.run_id)) ?? true) && (keys?.includes(String(feedback.key)) ?? true))
    return pageOf(all, { limit, offset }).items
  }))

  app.get('/feedback/:id', inWorkspace(context, { dialect: 'python', permission: 'feedback:read' }, ({ request, workspace }) => {
    const { id } = request.params as { id: string }
    const feedback = store.feedback(workspace.id).find((known) => known.id === id)
    if (feedback === undefined) throw new PayloadRefused(404, 'Feedback not found') // words UNCONFIRMED
    return feedback
  }))
}

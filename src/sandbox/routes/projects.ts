// Projects, which the API calls sessions (docs/langsmith-api.md, section 5.1 and the permissions of 3.3).

import type { FastifyInstance } from 'fastify'
import { inWorkspace, type WorkspaceCall } from '../endpoint.ts'
import { isUuid, listOfTexts, parseFields, type Fields } from '../json.ts'
import { pageOf } from '../paging.ts'
import { PayloadRefused } from '../payload-refused.ts'
import type { RegionContext } from '../region-context.ts'
import type { Project } from '../store.ts'

interface ListQuery { id?: string | string[], name?: string, name_contains?: string, limit?: string, offset?: string }

/** Adds the endpoints. */
export function projectRoutes (app: FastifyInstance, context: RegionContext): void {
  const { store } = context

  app.get('/sessions', inWorkspace(context, { dialect: 'python', permission: 'projects:read' }, ({ request, workspace }) => {
    const { id, name, name_contains: part, limit, offset } = request.query as ListQuery
    const ids = listOfTexts(id)
    const all = store.projects(workspace.id).filter((project) =>
      (ids?.includes(project.id) ?? true)
      && (name === undefined || project.name === name)
      && (part === undefined || project.name.includes(part)))
    return pageOf(all, { limit, offset }).items.map(viewProject)
  }))

  app.post('/sessions', inWorkspace(context, { dialect: 'python', permission: 'projects:create' }, ({ request, workspace, body }) => {
    const fields = parseFields(body)
    const { name } = fields
    if (typeof name !== 'string' || name === '') throw new PayloadRefused(422, 'name is missing')
    const { upsert } = request.query as { upsert?: string }
    const known = store.projects(workspace.id).find((project) => project.name === name)
    if (known !== undefined && upsert !== 'true') throw new PayloadRefused(409, 'Session already exists') // words UNCONFIRMED
    return viewProject(known ?? store.createProject(workspace.id, name, {
      ...(isUuid(fields.id) ? { id: fields.id } : {}),
      ...(typeof fields.description === 'string' ? { description: fields.description } : {}),
      extra: fields.extra
    }))
  }))

  app.get('/sessions/:id', inWorkspace(context, { dialect: 'python', permission: 'projects:read' }, (call) => viewProject(theProject(context, call))))

  app.delete('/sessions/:id', inWorkspace(context, { dialect: 'python', permission: 'projects:delete' }, (call) => {
    store.deleteProject(theProject(context, call))
    call.reply.code(202) // UNCONFIRMED
    return {}
  }))
}

function theProject ({ store }: RegionContext, { request, workspace }: WorkspaceCall): Project {
  const { id } = request.params as { id: string }
  const project = store.projects(workspace.id).find((known) => known.id === id)
  if (project === undefined) throw new PayloadRefused(404, 'Session not found') // words UNCONFIRMED
  return project
}

function viewProject (project: Project): Fields {
  return { ...project, end_time: null, reference_dataset_id: null }
}

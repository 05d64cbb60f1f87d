// Prompts: this sandbox has none, so a permitted call finds nothing (B16, docs/langsmith-api.md, section
// 4.2). It is here because prompts are the other place where the Go backend refuses.

import type { FastifyInstance } from 'fastify'
import { inWorkspace, type WorkspaceCall } from '../endpoint.ts'
import { PayloadRefused } from '../payload-refused.ts'
import type { RegionContext } from '../region-context.ts'

/** Adds the endpoints. */
export function promptRoutes (app: FastifyInstance, context: RegionContext): void {
  const read = inWorkspace(context, { dialect: 'go', permission: 'prompts:read' }, notFound)
  const push = inWorkspace(context, { dialect: 'go', permission: 'prompts:update' }, notFound)

  for (const path of ['/commits/:owner/:repo', '/commits/:owner/:repo/', '/commits/:owner/:repo/:commit']) app.get(path, read)
  for (const path of ['/commits/:owner/:repo', '/commits/:owner/:repo/']) app.post(path, push)
}

function notFound ({ request }: WorkspaceCall): never {
  const { owner, repo } = request.params as { owner: string, repo: string }
  throw new PayloadRefused(404, `Repo ${owner}/${repo} not found`)
}

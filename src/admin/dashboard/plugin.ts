// The dashboard under /-/: its files, and the stream of what it shows.

import type { FastifyInstance, FastifyReply, preHandlerHookHandler } from 'fastify'
import { DASHBOARD_FILES, DASHBOARD_HEADERS, readDashboardFile } from './files.ts'
import type { Stream } from './stream.ts'
import { deny } from '../../guard/plugin.ts'

export interface DashboardOptions {
  readonly stream: Pick<Stream, 'open'>
  /** Who may see it. */
  readonly preHandler: preHandlerHookHandler
  /** Gives an answer the headers of the proxy's own pages. @param type - Of its content. */
  readonly page: (reply: FastifyReply, type: string) => FastifyReply
}

/** Of all that may be asked for. */
export const DASHBOARD_PAGES = [...Object.keys(DASHBOARD_FILES) as (keyof typeof DASHBOARD_FILES)[], '/-/changes'] as const

export function addDashboard (app: FastifyInstance, { stream, preHandler, page }: DashboardOptions): void {
  const guarded = { config: { ownPage: true }, preHandler }
  for (const path of Object.keys(DASHBOARD_FILES) as (keyof typeof DASHBOARD_FILES)[]) {
    app.get(path, guarded, async (request, reply) => {
      const file = await readDashboardFile(path)
      if (file !== undefined) return page(reply, DASHBOARD_FILES[path].type).headers(DASHBOARD_HEADERS).send(file)
      deny(request, reply, { code: 'no-route', detail: 'this copy of the program came without its dashboard', hint: 'install the whole package; /-/refusals, /-/usage and /-/metrics tell the same' })
      return reply
    })
  }
  app.get('/-/changes', { ...guarded, exposeHeadRoute: false }, (request, reply) => {
    const denial = stream.open(reply.raw)
    if (denial === undefined) reply.hijack()
    else deny(request, reply, denial)
  })
}

// What LangSmith lets one key call how often (docs/langsmith-api.md, section 5.5), for who asks for it. Counted as many
// services do: by key and budget, in stretches that begin with the first request. Whether LangSmith does is UNCONFIRMED.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { drain } from './body.ts'
import { sendAnswer } from './endpoint.ts'
import { INVENTED_ANSWERS } from './known-answers.ts'
import type { RegionContext } from './region-context.ts'
import { budgetOf, publishedRate } from '../pacing/budget-of.ts'

interface Stretch { begun: number, used: number }

/** A hook that answers 429 with the seconds that are left, once a key has spent a budget. */
export function heldToBudgets (context: RegionContext): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const stretches = new Map<string, Stretch>()
  return async (request, reply) => {
    const key = request.headers['x-api-key']
    const name = budgetOf(request.method, (request.url.split('?')[0] ?? ''))
    const rate = publishedRate(name, context.region)
    if (typeof key !== 'string' || rate === undefined) return undefined
    const now = context.now().getTime()
    const place = `${name} ${key}`
    const known = stretches.get(place)
    const stretch = known === undefined || now - known.begun >= rate.seconds * 1000 ? { begun: now, used: 0 } : known
    stretches.set(place, stretch)
    stretch.used++
    if (stretch.used <= rate.count) return undefined
    await drain(context.ledger.read(request.raw))
    const seconds = Math.max(1, Math.ceil((stretch.begun + rate.seconds * 1000 - now) / 1000))
    return await sendAnswer(reply.header('retry-after', String(seconds)), { ...INVENTED_ANSWERS['rate-limit'], headers: {} })
  }
}

// Answers on demand, for tests and demos. These headers work on every path:
//
//   x-sandbox-answer        B1 … B22 (docs/langsmith-api.md, section 4.2), `rate-limit` or `company-page` (in words of
//                           ours), a status from 400 to 599, `reset` (the connection is cut without an
//                           answer) or `cut` (in the middle of one)
//   x-sandbox-retry-after   seconds or a date, sent as Retry-After with such an answer
//   x-sandbox-early         anything: answer at once, without reading the body
//   x-sandbox-delay-ms      wait before anything is read or answered

import { STATUS_CODES } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { drain } from './body.ts'
import { sendAnswer } from './endpoint.ts'
import { INVENTED_ANSWERS, KNOWN_ANSWERS, isAnswerId, type Answer } from './known-answers.ts'
import type { RegionContext } from './region-context.ts'

const MAX_DELAY_MS = 600_000

/**
 * The hook that obeys the control headers.
 *
 * @param context - Of the region.
 * @returns An onRequest hook; it leaves requests without such headers alone.
 */
export function forcedAnswers (context: RegionContext): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    const wait = control(request, 'x-sandbox-delay-ms')
    if (wait !== undefined) {
      if (!/^\d+$/.test(wait)) return await misused(reply, 'x-sandbox-delay-ms takes milliseconds')
      await delay(Math.min(Number(wait), MAX_DELAY_MS), undefined, { signal: context.closing })
    }

    const wanted = control(request, 'x-sandbox-answer')
    if (wanted === undefined) return undefined
    if (control(request, 'x-sandbox-early') === undefined) await drain(context.ledger.read(request.raw))

    if (wanted === 'reset' || wanted === 'cut') return cutOff(reply, wanted)
    const answer = answerFor(wanted)
    if (answer === undefined) return await misused(reply, 'x-sandbox-answer takes B1 to B22, rate-limit, company-page, a status from 400 to 599, reset or cut')
    const retryAfter = control(request, 'x-sandbox-retry-after')
    return await sendAnswer(retryAfter === undefined ? reply : reply.header('retry-after', retryAfter), answer)
  }
}

function answerFor (wanted: string): Answer | undefined {
  if (isAnswerId(wanted)) return KNOWN_ANSWERS[wanted]
  if (wanted === 'rate-limit' || wanted === 'company-page') return INVENTED_ANSWERS[wanted]
  if (!/^[45]\d\d$/.test(wanted)) return undefined
  // Not LangSmith's words: only the status counts here.
  return { status: Number(wanted), type: 'application/json', body: JSON.stringify({ detail: STATUS_CODES[wanted] ?? 'Refused' }) }
}

function cutOff (reply: FastifyReply, how: 'reset' | 'cut'): FastifyReply {
  reply.hijack()
  const { socket } = reply.raw
  if (how === 'cut') {
    reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
    reply.raw.write('{"cut":', () => socket?.destroy())
  } else {
    socket?.destroy()
  }
  return reply
}

function control (request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function misused (reply: FastifyReply, hint: string): FastifyReply {
  return reply.code(400).send({ sandbox: hint })
}

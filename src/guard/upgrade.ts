// Nothing is read after a request that asks for an Upgrade. Node's parser stops there: without a tunnel it
// drops the rest of that packet and takes whatever comes next for the head of a request, even if it is the
// body of one. So the connection closes after the answer, and what still comes is refused.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Denial } from '../exchange.ts'

/** Judges the requests of one server. */
export type JudgeUpgrade = (request: IncomingMessage, response: ServerResponse) => Denial | undefined

export function createUpgradeJudge (): JudgeUpgrade {
  const finished = new WeakSet<Socket>()
  return (request, response) => {
    if (finished.has(request.socket)) return { code: 'request-ambiguous', detail: 'the request follows one with an Upgrade on the same connection' }
    if (request.headers.upgrade !== undefined) {
      finished.add(request.socket)
      response.shouldKeepAlive = false
    }
    return undefined
  }
}

// What each client may cost: requests in a time, and requests under way at once. One for all pipelines of a process,
// so that counts outlive a reload. Who shows no client key is not counted: nothing tells such callers apart.

import type { ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { LimitEvent } from './events.ts'
import { countInFlight } from './in-flight.ts'
import { countRequests } from './requests.ts'
import type { RequestCount } from './requests.ts'
import { NO_LIMITS } from '../../config/limits.ts'
import type { LimitSettings } from '../../config/limits.ts'
import type { Denial } from '../../exchange.ts'
import { isSameSecret } from '../../secrets/secret.ts'
import type { Secret } from '../../secrets/secret.ts'

/** Why a request goes no further; undefined, and at once where nothing has to be asked, if it does. */
export type Admission = Denial | undefined | Promise<Denial | undefined>

export interface ClientLimits {
  /**
   * Counts a request that is about to go upstream.
   *
   * @param client - Name of the client; undefined without a client key.
   * @param response - Until it closes, the request is under way.
   */
  readonly admit: (client: string | undefined, response: ServerResponse) => Admission
  /** Takes other settings over; what did not change is counted on. @param redis - What limits.redis leads to. */
  readonly follow: (settings: LimitSettings, redis: Secret | undefined) => Promise<void>
  /** Undefined where no Redis is set. */
  readonly isRedisUp: () => boolean | undefined
  readonly close: () => void
}

const REDIS_HINT = 'check that Redis runs where limits.redis says, takes writes, and knows the password'

export function limitClients (report: (event: LimitEvent) => void): ClientLimits {
  const enter = countInFlight()
  let settings = NO_LIMITS
  let redis: Secret | undefined
  let requests: RequestCount | undefined
  let closed = false

  async function open (rate: LimitSettings['requests']): Promise<RequestCount | undefined> {
    if (rate === undefined) return undefined
    return countRequests({
      rate, redis, onRedisFailure: () => settings.onRedisFailure,
      onFailure: (reason) => { report({ event: 'redis.failed', reason, clients: settings.onRedisFailure, hint: REDIS_HINT }) },
      onRecovery: () => { report({ event: 'redis.recovered' }) }
    })
  }

  return {
    admit (client, response) {
      if (client === undefined) return undefined
      let leave: (() => void) | undefined
      if (settings.inFlight !== undefined) {
        leave = enter(client, settings.inFlight)
        if (leave === undefined) return tooManyAtOnce(client, settings.inFlight)
        response.on('close', leave) // comes once, however the request ends
      }
      return requests?.take(client).then((denial) => {
        if (denial !== undefined) leave?.() // what was refused is not under way, even while its answer is
        return denial
      })
    },
    async follow (next, nextRedis) {
      const isSame = isDeepStrictEqual(settings.requests, next.requests) && isSameSecret(redis, nextRedis)
      settings = next
      redis = nextRedis
      if (isSame) return
      const before = requests
      requests = await open(next.requests)
      before?.close()
      if (closed) requests?.close()
    },
    isRedisUp: () => requests?.isRedisUp,
    close () {
      closed = true
      requests?.close()
    }
  }
}

function tooManyAtOnce (client: string, most: number): Denial {
  return {
    code: 'rate-limited', detail: `client ${client} has ${most} requests under way, which is its limit (limits.inFlight)`,
    hint: 'wait until one of them has ended', retryAfter: 1
  }
}

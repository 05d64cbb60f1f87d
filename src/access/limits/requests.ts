// Counts the requests of each client in a time. The time of a client begins with its first request; once it is over, the
// client may send as many again. While Redis is away, this proxy counts by itself, and begins with nothing.

import type { RateLimiterMemory } from 'rate-limiter-flexible'
import { openRedisLink } from './redis-link.ts'
import type { RedisLink, RedisLinkOptions } from './redis-link.ts'
import { within } from './within.ts'
import type { LimitSettings } from '../../config/limits.ts'
import type { WrittenRate } from '../../config/rate.ts'
import type { Denial } from '../../exchange.ts'
import type { Secret } from '../../secrets/secret.ts'

/** Longest time that Redis holds a request. */
const REDIS_MS = 200

export interface RequestCount {
  /** Counts a request. @returns Why it goes no further. */
  readonly take: (client: string) => Promise<Denial | undefined>
  /** Undefined where no Redis is set. */
  readonly isRedisUp: boolean | undefined
  readonly close: () => void
}

export interface RequestCountOptions extends Pick<RedisLinkOptions, 'rate' | 'onFailure' | 'onRecovery'> {
  readonly redis: Secret | undefined
  readonly onRedisFailure: () => LimitSettings['onRedisFailure']
}

const AWAY: Denial = {
  code: 'overloaded', detail: 'requests of clients cannot be counted, because Redis (limits.redis) cannot be reached, and limits.onRedisFailure is closed',
  hint: 'try again in a moment; the log of the proxy says why'
}

export async function countRequests ({ redis, rate, onRedisFailure, onFailure, onRecovery }: RequestCountOptions): Promise<RequestCount> {
  const { RateLimiterMemory } = await import('./rate-limiters.ts')
  const own = new RateLimiterMemory({ points: rate.count, duration: rate.seconds })
  const link = redis === undefined ? undefined : await openRedisLink({ address: redis, rate, onFailure, onRecovery })

  /** @returns Undefined where Redis could not say. */
  async function inRedis (client: string, { limiter: current, failed }: RedisLink): Promise<{ readonly wait: number | undefined } | undefined> {
    const limiter = current()
    if (limiter === undefined) return undefined
    try {
      return { wait: await within(REDIS_MS, waitOf(limiter, client)) }
    } catch (error) {
      failed(limiter, error)
      return undefined
    }
  }

  return {
    async take (client) {
      const shared = link === undefined ? undefined : await inRedis(client, link)
      if (shared === undefined && link !== undefined && onRedisFailure() === 'closed') return AWAY
      const wait = shared === undefined ? await waitOf(own, client) : shared.wait
      return wait === undefined ? undefined : denialFor(client, rate, wait)
    },
    get isRedisUp () { return link === undefined ? undefined : link.limiter() !== undefined },
    close: () => { link?.close() }
  }
}

/** @returns Milliseconds until the client may go on; undefined where it may now. @throws Error where it could not be counted. */
async function waitOf (limiter: Pick<RateLimiterMemory, 'consume'>, client: string): Promise<number | undefined> {
  try {
    await limiter.consume(client)
    return undefined
  } catch (refused) { // no Error, where it is over the limit
    if (typeof refused === 'object' && refused !== null && 'msBeforeNext' in refused) return Number(refused.msBeforeNext)
    throw refused
  }
}

function denialFor (client: string, { count, time }: WrittenRate, wait: number): Denial {
  return {
    code: 'rate-limited', detail: `client ${client} has sent ${count} requests within ${time}, which is its limit (limits.requests)`,
    retryAfter: Math.ceil((wait + 1) / 1000) // the time is over after its last millisecond
  }
}

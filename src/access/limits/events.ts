// What the limits of clients report; part of the list in ../../events.ts.

import type { LimitSettings } from '../../config/limits.ts'

/** Redis (limits.redis) cannot be used; told once, until it is back. */
export interface RedisFailed {
  readonly event: 'redis.failed'
  /** A code such as ECONNREFUSED, TIMEOUT or WRONGPASS, never a message: it could quote a password. */
  readonly reason: string
  /** What happens to clients meanwhile. */
  readonly clients: LimitSettings['onRedisFailure']
  readonly hint: string
}

export interface RedisRecovered {
  readonly event: 'redis.recovered'
}

export type LimitEvent = RedisFailed | RedisRecovered

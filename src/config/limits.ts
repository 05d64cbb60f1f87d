// Limits of each client: what `limits` in the settings comes to.

import type { Notice, SecretReference } from './config.ts'
import type { Mistakes, Parsed } from './mistakes.ts'
import { parseRate } from './rate.ts'
import type { WrittenRate } from './rate.ts'
import { isReference, parseReference, type ReferenceOrigin } from './reference.ts'
import type { Path } from './schema-node.ts'
import type { GeneralSettings } from './schema.ts'

export interface LimitSettings {
  /** Of each client; undefined for no limit. */
  readonly requests: WrittenRate | undefined
  /** Requests of each client under way at once; undefined for no limit. */
  readonly inFlight: number | undefined
  /** Where several proxies count together: an address without password, or a reference to where one is kept. */
  readonly redis: string | SecretReference | undefined
  /** While Redis is away: `open`, each proxy counts by itself; `closed`, clients are refused. */
  readonly onRedisFailure: 'open' | 'closed'
}

export interface LimitContext {
  readonly place: (path: Path) => string
  /** Like `place`, for what a later message says about a value that is missing. */
  readonly setAt: (path: Path) => string
  readonly resolve: (path: string) => string
  readonly mistakes: Mistakes
}

/** For a proxy whose callers have no names. */
export const NO_LIMITS: LimitSettings = { requests: undefined, inFlight: undefined, redis: undefined, onRedisFailure: 'open' }

export function buildLimits ({ requests, inFlight, redis, onRedisFailure }: GeneralSettings['limits'], { place, setAt, resolve, mistakes }: LimitContext): LimitSettings {
  const at = (name: string): string => place(['limits', name])
  if (redis !== undefined && requests === undefined) mistakes.add(at('redis'), 'does nothing without limits.requests; set that, too')
  if (onRedisFailure === 'closed' && redis === undefined) mistakes.add(at('onRedisFailure'), 'does nothing without limits.redis; set that, too')
  return {
    requests: requests === undefined ? undefined : parseRate(requests),
    inFlight,
    redis: redis === undefined ? undefined : mistakes.take(at('redis'), parseAddress(redis, { setAt: setAt(['limits', 'redis']), resolve })),
    onRedisFailure
  }
}

// Whatever is wrong, the text is not quoted: it may hold a password.
function parseAddress (text: string, origin: ReferenceOrigin): Parsed<string | SecretReference> {
  if (isReference(text)) return parseReference(text, origin)
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) return { mistake: 'must be a reference such as env:REDIS_URL, or an address without password such as redis://redis.example.com:6379' }
  const { username, password, hostname, pathname, search, hash } = new URL(text)
  if (username !== '' || password !== '' || text.includes('@')) return { mistake: 'must not hold a user or password; keep the whole address in a variable or file, and refer to that, as in env:REDIS_URL' }
  if (hostname === '' || !/^\/?\d{0,4}$/.test(pathname) || search !== '' || hash !== '') return { mistake: 'must have a host, and after it nothing but a port and the number of a database, such as redis://redis.example.com:6379/0' }
  return { value: text }
}

/** What does less than it seems to. */
export function limitNotices ({ requests, inFlight }: LimitSettings, clientsRequired: boolean, place: (path: Path) => string): readonly Notice[] {
  const set = requests !== undefined ? 'requests' : inFlight !== undefined ? 'inFlight' : undefined
  if (set === undefined || clientsRequired) return []
  return [{
    code: 'limits-unnamed',
    message: `${place(['limits', set])}: holds for callers with a client key; those without one have no limit of their own, and clients.required is not set`,
    hint: 'set clients.required: true if everybody is to have a client key'
  }]
}

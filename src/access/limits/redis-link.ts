// The connection to Redis. A connection that failed is given up as a whole, and another one is tried each second: so
// requests wait for Redis once and not each, and what is half alive (a process that hangs, a network that swallows)
// is not used for long.

import type { RateLimiterRedis } from 'rate-limiter-flexible'
import { redisReason } from './redis-failure.ts'
import { within } from './within.ts'
import type { WrittenRate } from '../../config/rate.ts'
import type { Secret } from '../../secrets/secret.ts'

const CONNECT_MS = 1000
const RETRY_MS = 1000
/** Begins all keys in Redis; the length of the time follows, so that other limits are other counts. */
const KEY_PREFIX = 'langsmith-proxy:requests'
/** No client has this name. */
const NOBODY = ''

export interface RedisLink {
  /** Undefined while Redis is away. */
  readonly limiter: () => RateLimiterRedis | undefined
  /** Gives up the connection of a limiter that failed. */
  readonly failed: (limiter: RateLimiterRedis, error: unknown) => void
  readonly close: () => void
}

export interface RedisLinkOptions {
  readonly address: Secret
  readonly rate: WrittenRate
  /** Once, until Redis is back. */
  readonly onFailure: (reason: string) => void
  readonly onRecovery: () => void
}

/** @returns After the first try, however that ended, and at the latest after a second. */
export async function openRedisLink ({ address, rate, onFailure, onRecovery }: RedisLinkOptions): Promise<RedisLink> {
  const [{ createClient }, { RateLimiterRedis }] = await Promise.all([import('./redis-client.ts'), import('./rate-limiters.ts')])
  let current: { readonly limiter: RateLimiterRedis, readonly giveUp: (error: unknown) => void } | undefined
  let closed = false
  let told = false
  let retry: NodeJS.Timeout | undefined
  let end = (): void => {}

  async function connect (): Promise<void> {
    const client = createClient({
      url: address.reveal(), RESP: 2, disableOfflineQueue: true, disableClientInfo: true, maintNotifications: 'disabled',
      socket: { reconnectStrategy: false, connectTimeout: CONNECT_MS }
    })
    const life = { isOver: false }
    end = () => {
      life.isOver = true
      if (client.isOpen) client.destroy()
    }
    const giveUp = (error: unknown): void => {
      if (life.isOver) return
      end()
      current = undefined
      if (!told) onFailure(redisReason(error))
      told = true
      retry = setTimeout(() => { void connect() }, RETRY_MS).unref()
    }
    client.on('error', giveUp)
    try {
      const limiter = new RateLimiterRedis({
        storeClient: client, useRedisPackage: true, keyPrefix: `${KEY_PREFIX}:${rate.seconds}`, points: rate.count, duration: rate.seconds,
        inMemoryBlockOnConsumed: rate.count // whoever is over the limit costs Redis nothing until the time is over
      })
      // Counts nothing, and shows that it can count: a replica or a full memory answers to a mere ping.
      await within(CONNECT_MS, client.connect().then(() => limiter.penalty(NOBODY, 0)))
      if (life.isOver) return
      current = { limiter, giveUp }
      if (told) onRecovery()
      told = false
    } catch (error) {
      giveUp(error)
    }
  }

  await connect()
  return {
    limiter: () => current?.limiter,
    failed (limiter, error) {
      if (current?.limiter === limiter) current.giveUp(error)
    },
    close () {
      if (closed) return
      closed = true
      clearTimeout(retry)
      end()
      current = undefined
    }
  }
}

// A time limit for what Redis is asked.

import { RedisTimeout } from './redis-failure.ts'

/**
 * @param ms - Milliseconds.
 * @throws RedisTimeout when the time is over; what is asked goes on, and nobody waits for it.
 */
export async function within<Result> (ms: number, asked: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    // Where this process itself was busy for so long, the answer may be there, and is read before the next "immediate".
    timer = setTimeout(() => setImmediate(() => { reject(new RedisTimeout('no answer in time')) }), ms)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

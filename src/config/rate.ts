// How many in which time, as people write it.

import { milliseconds } from './duration.ts'

export interface Rate {
  readonly count: number
  readonly ms: number
}

/** @param text - Such as `15/10s`, as the schema has checked. */
export function parseRate (text: string): Rate {
  const [count = '', time = ''] = text.split('/')
  return { count: Number.parseInt(count, 10), ms: milliseconds(time) }
}

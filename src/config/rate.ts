// How many in which time, as people write it.

import { milliseconds } from './duration.ts'

export interface Rate {
  readonly count: number
  readonly seconds: number
}

/** With the time as it was written, such as `1m`. */
export interface WrittenRate extends Rate {
  readonly time: string
}

/** @param text - Such as `600/1m`, as the schema has checked. */
export function parseRate (text: string): WrittenRate {
  const [count = '', time = ''] = text.split('/')
  return { count: Number(count), seconds: milliseconds(time) / 1000, time }
}

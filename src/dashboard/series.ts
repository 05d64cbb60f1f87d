// The traffic of the last hour on an even grid, as charts need it. Pure. Counts are summed up by the minute, because bars of ten
// seconds would be too thin to see; medians cannot be summed up and stay as they are.

import type { Parts } from '../admin/dashboard/parts.ts'

type Step = Parts['traffic'][number]

export type CountName = 'succeeded' | 'refused' | 'clientErrors' | 'serverErrors' | 'denied' | 'cut' | 'bytesIn' | 'bytesOut'

export const MINUTE_S = 60
export const MINUTES = 60

/** The hour that ends with the minute of `now`. @param now - Milliseconds since 1970. @returns Seconds since 1970 when its first minute begins. */
export function hourBefore (now: number): number {
  return Math.floor(now / 1000 / MINUTE_S) * MINUTE_S - (MINUTES - 1) * MINUTE_S
}

/** @param start - Seconds since 1970. */
export function minutesFrom (start: number): readonly number[] {
  return Array.from({ length: MINUTES }, (_, at) => start + at * MINUTE_S)
}

/** One number a minute; zero where nothing was counted. */
export function perMinute (steps: readonly Step[], name: CountName, start: number): readonly number[] {
  const sums = Array.from({ length: MINUTES }, () => 0)
  for (const step of steps) {
    const at = Math.floor((step.at - start) / MINUTE_S)
    if (at >= 0 && at < MINUTES) sums[at] = (sums[at] ?? 0) + step[name]
  }
  return sums
}

/** One time a step, and null where nothing was answered. */
export function perStep (steps: readonly Step[], name: 'p50' | 'p95', start: number, stepS: number): { readonly times: readonly number[], readonly values: readonly (number | null)[] } {
  const times = Array.from({ length: Math.floor(MINUTES * MINUTE_S / stepS) }, (_, at) => start + at * stepS)
  const known = new Map(steps.map((step) => [step.at, step[name] ?? null]))
  return { times, values: times.map((time) => known.get(time) ?? null) }
}

export function total (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** For bars on top of each other: what each is added to. */
export function stacked (rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const sums: number[] = []
  return rows.map((row) => row.map((value, at) => sums[at] = (sums[at] ?? 0) + value))
}

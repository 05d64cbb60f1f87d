// The summary of a soak: what was done, what was measured, and what of it is not as it must be.

import { slopeOf } from './slope.ts'
import type { Slope } from './slope.ts'

export interface Sample {
  /** Bytes. */
  readonly rss: number
  /** Bytes after a collection, buffers included. */
  readonly heap: number
  /** Open descriptors of the process that are sockets. */
  readonly sockets: number
  /** Milliseconds. */
  readonly lagP99: number
}

export interface Soak {
  readonly seconds: number
  readonly node: string
  readonly counts: ReadonlyMap<string, number>
  readonly surprises: ReadonlyMap<string, number>
  readonly rotations: number
  readonly reloads: number
  /** POSTs that the upstream got more than once. */
  readonly repeated: number
  /** Once a second, from the start on. */
  readonly samples: readonly Sample[]
  readonly exitCode: number | null
}

/** Part of the run that is warm-up. */
const WARM_UP = 1 / 3
/** Largest rise over the rest that is taken for noise, as a part of the mean. */
const LEVEL = { rss: 0.05, heap: 0.05, sockets: 0.5 }
/** In a run shorter than this, memory has not settled when the warm-up ends. */
const LONG_SECONDS = 300
const LEVEL_OF_SHORT = { ...LEVEL, rss: 0.15, heap: 0.15 }

const MEBIBYTE = 1024 * 1024

/** @returns Markdown, and what is wrong; empty for a pass. */
export function summarize (soak: Soak): { readonly text: string, readonly wrong: readonly string[] } {
  const { samples, counts, surprises } = soak
  const level = soak.seconds < LONG_SECONDS ? LEVEL_OF_SHORT : LEVEL
  const steady = samples.slice(Math.ceil(samples.length * WARM_UP))
  const slopes = {
    rss: slopeOf(steady.map(({ rss }) => rss / MEBIBYTE)),
    heap: slopeOf(steady.map(({ heap }) => heap / MEBIBYTE)),
    sockets: slopeOf(steady.map(({ sockets }) => sockets)),
    lag: slopeOf(steady.map(({ lagP99 }) => lagP99))
  }
  const wrong = [
    ...(steady.length < 10 ? [`only ${steady.length} samples after the warm-up`] : []),
    ...(['rss', 'heap', 'sockets'] as const).flatMap((name) => slopes[name].rise > level[name] ? [`${name} rises by ${percent(slopes[name].rise)} after the warm-up; the limit is ${percent(level[name])}`] : []),
    ...[...surprises].map(([what, times]) => `${what} (${times} times)`),
    ...(soak.repeated > 0 ? [`${soak.repeated} POSTs were sent more than once`] : []),
    ...(soak.exitCode === 0 ? [] : [`the proxy ended with ${String(soak.exitCode)}`])
  ]
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const text = [
    `${Math.round(soak.seconds)} s on Node ${soak.node}: ${total} calls, ${soak.rotations} keys replaced (every third a bad one), ${soak.reloads} reloads; the first third is warm-up.`,
    '',
    `After it, memory and heap may rise by ${percent(level.rss)}, sockets by ${percent(level.sockets)}.`,
    '',
    '| | mean | highest | slope per minute | rise after the warm-up |',
    '| --- | --- | --- | --- | --- |',
    row('resident memory, MiB', slopes.rss), row('heap and buffers after a collection, MiB', slopes.heap),
    row('sockets', slopes.sockets), row('event-loop delay p99, ms', slopes.lag),
    '',
    '| call | times |',
    '| --- | --- |',
    ...[...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([name, count]) => `| ${name} | ${count} |`),
    '',
    `POSTs that the upstream got more than once: ${soak.repeated}. Unexpected outcomes: ${[...surprises.values()].reduce((sum, count) => sum + count, 0)}.`,
    wrong.length === 0 ? 'Nothing was wrong.' : `Wrong: ${wrong.join('; ')}.`
  ].join('\n')
  return { text, wrong }
}

function row (name: string, { mean, max, perMinute, rise }: Slope): string {
  return `| ${name} | ${mean.toFixed(1)} | ${max.toFixed(1)} | ${perMinute.toFixed(2)} | ${percent(rise)} |`
}

function percent (part: number): string {
  return `${(part * 100).toFixed(1)} %`
}

// Counters and histograms that requests raise. prom-client checks, sorts and hashes the labels each time, so a request only
// adds to numbers, which are handed to it when somebody reads the page.

import { Counter, Histogram } from 'prom-client'
import type { LabelValues, Registry } from 'prom-client'
import { createSeries } from './series.ts'
import type { SeriesMap } from './series.ts'
import type { MaskText } from '../../swap/mask-text.ts'

export interface Count {
  value: number
}

export interface Spread {
  /** For each bound, and beyond the last: how many were above the bound before, and at most that. */
  readonly counts: number[]
  sum: number
}

export interface TallySettings {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly registers: Registry[]
  readonly most: number
  readonly mask: MaskText
}

/** A counter. Its series are raised by whoever holds them. */
export function createTally ({ most, mask, ...settings }: TallySettings): SeriesMap<Count> {
  const series = createSeries<Count>(most, () => ({ value: 0 }), mask)
  new Counter({
    ...settings,
    collect () {
      this.reset()
      for (const { labels, value } of series.all()) this.inc(labels, value.value)
    }
  }) // the registry keeps it
  return series
}

/** Seconds: from a cached read on the same machine to a long query. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const

/** A histogram of seconds. */
export function createSpreads ({ most, mask, ...settings }: TallySettings): SeriesMap<Spread> {
  const series = createSeries<Spread>(most, () => ({ counts: SECONDS.map(() => 0).concat(0), sum: 0 }), mask)
  new SpreadHistogram(settings, series) // the registry keeps it
  return series
}

/** Counts a time. */
export function addSeconds (spread: Spread, seconds: number): void {
  let at = 0
  while (at < SECONDS.length && seconds > (SECONDS[at] ?? Infinity)) at++
  spread.counts[at] = (spread.counts[at] ?? 0) + 1
  spread.sum += seconds
}

/** prom-client's own can only be filled one value after another, so this one shows other values. */
class SpreadHistogram extends Histogram {
  readonly #series: SeriesMap<Spread>
  readonly #frame: Histogram

  constructor (settings: Omit<TallySettings, 'most' | 'mask'>, series: SeriesMap<Spread>) {
    super(settings)
    this.#series = series
    this.#frame = new Histogram({ ...settings, registers: [] })
  }

  /** What the registry calls, and get(), too. */
  async getForPromString (): Promise<object> {
    const frame = await this.#frame.get()
    return { ...frame, values: [...this.#series.all()].flatMap(({ labels, value }) => valuesOf(frame.name, labels, value)) }
  }
}

function valuesOf (name: string, sharedLabels: LabelValues<string>, { counts, sum }: Spread): readonly object[] {
  let total = 0
  const buckets = counts.map((count, at) => {
    total += count
    return { metricName: `${name}_bucket`, labels: { le: SECONDS[at] ?? '+Inf' }, sharedLabels, value: total }
  })
  return [...buckets, { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum }, { metricName: `${name}_count`, labels: {}, sharedLabels, value: total }]
}

// Where every metric is entered, with the bound of its series: what the page shows, and what docs/metrics.md is made from.

import { Counter, Gauge, Registry } from 'prom-client'
import type { LabelValues } from 'prom-client'
import { maskNames } from './series.ts'
import type { SeriesMap } from './series.ts'
import { createSpreads, createTally, SECONDS } from './tally.ts'
import type { Count, Spread } from './tally.ts'
import type { MaskText } from '../../swap/mask-text.ts'

export interface MetricWords {
  /** With `langsmith_proxy_` before it, but for `process_` and `nodejs_`, which other programs have, too. */
  readonly name: string
  /** A sentence. */
  readonly help: string
  readonly labels?: readonly string[]
  /** Series that there may be; 1 by default, for those without labels. */
  readonly most?: number
}

export interface MetricDescription extends Required<MetricWords> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Lines of the page for each series. */
  readonly lines: number
}

export interface Row {
  readonly labels?: LabelValues<string>
  readonly value: number
}

export interface Book {
  /** A counter that events raise. */
  readonly counter: (words: MetricWords) => SeriesMap<Count>
  /** A histogram of seconds that events fill. */
  readonly seconds: (words: MetricWords) => SeriesMap<Spread>
  /** A gauge or counter whose values are asked for when somebody reads the page; of more rows than the bound, the first are shown. */
  readonly read: (type: 'counter' | 'gauge', words: MetricWords, rows: () => readonly Row[]) => void
  readonly descriptions: readonly MetricDescription[]
  readonly contentType: string
  readonly text: () => Promise<string>
}

const LINES_OF_HISTOGRAM = SECONDS.length + 3 // the bucket without end, the sum and the count

/** @param mask - Of names of the config, as they are shown. */
export function openBook (mask: MaskText): Book {
  const registry = new Registry()
  const registers = [registry]
  const descriptions: MetricDescription[] = []

  function enter (type: MetricDescription['type'], { name, help, labels = [], most = 1 }: MetricWords): Parameters<typeof createTally>[0] {
    descriptions.push({ name, help, labels, most, type, lines: type === 'histogram' ? LINES_OF_HISTOGRAM : 1 })
    return { name, help, labelNames: labels, most, mask, registers }
  }

  return {
    counter: (words) => createTally(enter('counter', words)),
    seconds: (words) => createSpreads(enter('histogram', words)),
    read (type, words, rows) {
      const { name, help, labelNames, most } = enter(type, words)
      const settings = { name, help, labelNames, registers }
      const few = (): readonly Row[] => rows().slice(0, most).map(({ labels = {}, value }) => ({ labels: maskNames(labels, mask), value }))
      if (type === 'counter') {
        new Counter({ ...settings, collect () { this.reset(); for (const { labels = {}, value } of few()) this.inc(labels, value) } })
      } else {
        new Gauge({
          ...settings,
          collect () {
            this.reset()
            const shown = few()
            if (shown.length === 0 && words.labels === undefined) this.remove() // without labels it would be 0, as if that were known
            for (const { labels = {}, value } of shown) this.set(labels, value)
          }
        })
      }
    },
    descriptions,
    contentType: registry.contentType,
    text: () => registry.metrics()
  }
}

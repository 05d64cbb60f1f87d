// A counter that every request raises. prom-client checks, sorts and hashes the labels each time, so what was counted
// is handed to it only when somebody reads the page.

import { Counter } from 'prom-client'
import type { CounterConfiguration, LabelValues } from 'prom-client'

export interface Tally<Label extends string> {
  /** Counts one. Callers give the labels in the same order each time. */
  readonly add: (labels: LabelValues<Label>) => void
  /** Forgets what was counted with these labels. */
  readonly remove: (labels: LabelValues<Label>) => void
}

export function createTally<Label extends string> (configuration: Omit<CounterConfiguration<Label>, 'collect'>): Tally<Label> {
  const waiting = new Map<string, { readonly labels: LabelValues<Label>, count: number }>()
  const counter = new Counter({ ...configuration, collect: handOver })

  function handOver (): void {
    for (const entry of waiting.values()) {
      if (entry.count > 0) counter.inc(entry.labels, entry.count)
      entry.count = 0
    }
  }

  return {
    add (labels) {
      const key = Object.values(labels).join('\n') // labels hold no line break: methods, statuses, names and prefixes of the config
      const entry = waiting.get(key)
      if (entry === undefined) waiting.set(key, { labels, count: 1 })
      else entry.count++
    },
    remove (labels) {
      handOver()
      waiting.clear()
      counter.remove(labels)
    }
  }
}

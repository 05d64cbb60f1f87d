// The series of one metric, by their labels, and how many there may be. Values of labels come from the config, which may
// change often while this runs, and from answers: what is beyond the bound is counted together.

import type { LabelValues } from 'prom-client'
import type { MaskText } from '../../swap/mask-text.ts'

export interface Series<Value> {
  /** As they are shown. */
  readonly labels: LabelValues<string>
  readonly value: Value
}

interface Kept<Value> {
  readonly labels: LabelValues<string>
  readonly value: Value
  /** Made when somebody reads the page first: no request waits for it, or fails with it. */
  shown: LabelValues<string> | undefined
}

export interface SeriesMap<Value> {
  /** The value of these labels, made where it is not there yet; whoever has it may raise it. */
  readonly of: (labels: LabelValues<string>) => Value
  readonly remove: (labels: LabelValues<string>) => void
  readonly all: () => Iterable<Series<Value>>
}

/** Stands for the names beyond the bound. No name and no prefix of a config looks like this. */
export const OTHER = '(other)'

/** The part of the series that may be made with names. */
const NAMES_PART = 0.9

/** Labels with names out of the config. The others have fixed words, statuses, and versions. */
const CONFIG_NAMES: ReadonlySet<string> = new Set(['route', 'client', 'credential', 'upstream'])
const NAMES: ReadonlySet<string> = new Set([...CONFIG_NAMES, 'version'])

/** Labels as they are shown: a name of the config may be a key by mistake. */
export function maskNames (labels: LabelValues<string>, mask: MaskText): LabelValues<string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, CONFIG_NAMES.has(name) && typeof value === 'string' ? mask(value) : value]))
}

/**
 * @param most - Series that there may be. From nine tenths on, names that come anew are counted as OTHER, so that there is
 * room for the words; at the end, words are too.
 */
export function createSeries<Value> (most: number, make: () => Value, mask: MaskText): SeriesMap<Value> {
  const series = new Map<string, Kept<Value>>()

  function get (labels: LabelValues<string>): Value {
    const key = keyOf(labels)
    const known = series.get(key)
    if (known !== undefined) return known.value
    if (series.size >= most - 1) return othersOf(labels, () => true)
    if (series.size >= most * NAMES_PART) return othersOf(labels, (name) => NAMES.has(name))
    return add(key, labels)
  }

  function othersOf (labels: LabelValues<string>, isOpen: (name: string) => boolean): Value {
    const others = Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, isOpen(name) ? OTHER : value]))
    const key = keyOf(others)
    const known = series.get(key)
    if (known !== undefined) return known.value
    return series.size >= most - 1 && Object.values(others).some((value) => value !== OTHER) ? othersOf(labels, () => true) : add(key, others)
  }

  function add (key: string, labels: LabelValues<string>): Value {
    const value = make()
    series.set(key, { labels, value, shown: undefined })
    return value
  }

  return {
    of: get,
    remove (labels) { series.delete(keyOf(labels)) },
    * all () {
      for (const kept of series.values()) yield { labels: kept.shown ??= maskNames(kept.labels, mask), value: kept.value }
    }
  }
}

/** Callers give the labels in the same order each time. No label holds a line break: names, words and numbers. */
function keyOf (labels: LabelValues<string>): string {
  let key = ''
  for (const value of Object.values(labels)) key += `${value ?? ''}\n` // join() would be slower, and this is done for each request
  return key
}

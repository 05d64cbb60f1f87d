// Metrics of the process. The names are those that other programs for Node have, so that dashboards know them.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { IntervalHistogram } from 'node:perf_hooks'
import type { Book, Row } from './book.ts'

export interface ProcessUse {
  readonly residentBytes: number
  /** Of JavaScript, and of buffers outside of its heap. */
  readonly heapBytes: number
  readonly externalBytes: number
  readonly cpuSeconds: number
  /** Undefined where the system does not tell. */
  readonly openFiles?: number | undefined
  readonly mostFiles?: number | undefined
}

/** The event loop is asked so often for the time. 20 ms cost 0.6 % of a CPU in an idle process, this 0.1 %. */
const LOOK_MS = 100

/** @returns Ends what runs for the metrics. */
export function addProcessMetrics (book: Book, useNow: (() => ProcessUse) | undefined): () => void {
  if (useNow !== undefined) addUse(book, useNow)
  book.read('gauge', { name: 'process_start_time_seconds', help: 'When the process began, in seconds since 1970.' }, () => [{ value: performance.timeOrigin / 1000 }])
  return addEventLoop(book)
}

function addUse (book: Book, useNow: () => ProcessUse): void {
  let use = useNow()
  book.read('counter', { name: 'process_cpu_seconds_total', help: 'CPU time, of the user and the system.' }, () => {
    use = useNow() // the first of them is read first
    return [{ value: use.cpuSeconds }]
  })
  book.read('gauge', { name: 'process_resident_memory_bytes', help: 'Memory of the process.' }, () => [{ value: use.residentBytes }])
  book.read('gauge', { name: 'nodejs_heap_size_used_bytes', help: 'Memory of JavaScript.' }, () => [{ value: use.heapBytes }])
  book.read('gauge', { name: 'nodejs_external_memory_bytes', help: 'Memory of buffers outside of JavaScript\'s heap.' }, () => [{ value: use.externalBytes }])
  book.read('gauge', { name: 'process_open_fds', help: 'Open files and connections; on Linux.' }, () => rowsOf(use.openFiles))
  book.read('gauge', { name: 'process_max_fds', help: 'How many may be open; on Linux.' }, () => rowsOf(use.mostFiles))
}

function rowsOf (value: number | undefined): readonly Row[] {
  return value === undefined ? [] : [{ value }]
}

/** What is measured costs something all the time, so it begins when the page is read first. */
function addEventLoop (book: Book): () => void {
  let delays: IntervalHistogram | undefined
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LOOK_MS / 1000) // it measures from look to look
  const add = (name: string, what: string, valueOf: (delays: IntervalHistogram) => number): void => {
    book.read('gauge', { name, help: `How late the event loop was since the page was read before: ${what}. Not there on the first page.` }, () =>
      delays === undefined || delays.count === 0 ? [] : [{ value: seconds(valueOf(delays)) }])
  }
  add('nodejs_eventloop_lag_p50_seconds', 'the median', (all) => all.percentile(50))
  add('nodejs_eventloop_lag_p99_seconds', 'what one look in a hundred exceeded', (all) => all.percentile(99))
  add('nodejs_eventloop_lag_max_seconds', 'the most', (all) => all.max)
  book.read('counter', { name: 'nodejs_eventloop_active_seconds_total', help: 'How long the event loop was at work; its rate is the part of the time, and 1 means that it is never idle.' }, () => {
    if (delays === undefined) {
      delays = monitorEventLoopDelay({ resolution: LOOK_MS })
      delays.enable()
    } else delays.reset() // what was told above begins anew
    return [{ value: performance.eventLoopUtilization().active / 1000 }]
  })
  return () => { delays?.disable() }
}

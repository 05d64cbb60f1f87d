// Loaded into the proxy's process (node --expose-gc --import): once a second it reports what only the
// process itself can measure. The heap is measured after a collection, so that its slope means something.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { setInterval } from 'node:timers'

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

setInterval(() => {
  const lagP99 = delay.percentile(99) / 1e6 // before the collection, which would count as delay
  globalThis.gc?.()
  globalThis.gc?.() // buffers are freed beside the program: the second one waits for those of the first
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send?.({ rss, heap: heapUsed + external, lagP99 })
  delay.reset()
}, 1000).unref()

process.channel?.unref()

// Who hears of every event: the log, what counts for the metrics, and what the pages remember.

import { createMetrics } from './metrics.ts'
import type { Metrics, MetricsSources } from './metrics.ts'
import { createRecentRefusals } from './recent-refusals.ts'
import type { RecentRefusals } from './recent-refusals.ts'
import { createUsage } from './usage.ts'
import type { Usage } from './usage.ts'
import type { Emit } from '../events.ts'
import type { MaskText } from '../swap/mask-text.ts'

export interface ObserverOptions extends MetricsSources {
  /** Takes every event that is to be logged. */
  readonly log: Emit
  readonly maskText: MaskText
}

export interface Observers {
  readonly tell: Emit
  readonly metrics: Metrics
  readonly refusals: RecentRefusals
  readonly usage: Usage
}

export function createObservers ({ log, maskText, ...sources }: ObserverOptions): Observers {
  const metrics = createMetrics(sources)
  const refusals = createRecentRefusals({ maskText, now: sources.now })
  const usage = createUsage(sources.now)
  return {
    metrics, refusals, usage,
    tell (event) {
      metrics.emit(event)
      refusals.emit(event)
      usage.emit(event)
      log(event)
    }
  }
}

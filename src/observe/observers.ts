// Who hears of every event: the log, what counts for the metrics, and what the pages remember.

import { createMetrics } from './metrics.ts'
import type { Metrics, MetricsSources } from './metrics.ts'
import { createRecentRefusals } from './recent-refusals.ts'
import type { RecentRefusals } from './recent-refusals.ts'
import { createRouteSightings } from './route-sightings.ts'
import type { RouteSightings } from './route-sightings.ts'
import { createTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'
import { createUsage } from './usage.ts'
import type { Usage } from './usage.ts'
import type { Emit } from '../events.ts'

export interface ObserverOptions extends MetricsSources {
  /** Takes every event that is to be logged. */
  readonly log: Emit
}

export interface Observers {
  readonly tell: Emit
  readonly metrics: Metrics
  readonly refusals: RecentRefusals
  readonly usage: Usage
  readonly traffic: Traffic
  readonly sightings: RouteSightings
}

export function createObservers ({ log, ...sources }: ObserverOptions): Observers {
  const { maskText } = sources
  const metrics = createMetrics(sources)
  const refusals = createRecentRefusals({ maskText, now: sources.now })
  const usage = createUsage(sources.now)
  const traffic = createTraffic(sources.now)
  const sightings = createRouteSightings(sources.now)
  return {
    metrics, refusals, usage, traffic, sightings,
    tell (event) {
      metrics.emit(event)
      refusals.emit(event)
      usage.emit(event)
      traffic.emit(event)
      sightings.emit(event)
      log(event)
    }
  }
}

// All pacers of the process. They outlive a reload: what was spent stays spent.

import { publishedRate } from './budget-of.ts'
import { createPacer } from './pacer.ts'
import type { BudgetUse, Pacer, PacingSettings } from './pacer.ts'
import type { PacingConfig } from '../config/pacing.ts'
import type { Rate } from '../config/rate.ts'
import type { Route } from '../routes/route.ts'

/** What has been spent of a key's budget. */
export interface KeyUse extends BudgetUse {
  /** Name of the credential. */
  readonly credential: string
  readonly upstream: string
}

export interface Pacing {
  /** The pacer of a route; undefined where pacing is off. Routes with the same key and upstream share one. */
  readonly forRoute: (route: Route, settings: PacingConfig) => Pacer | undefined
  readonly uses: () => readonly KeyUse[]
  readonly close: () => void
}

interface Kept {
  readonly credential: string
  readonly upstream: string
  readonly pacer: Pacer
}

/** @param now - Milliseconds of a clock that never goes back. */
export function createPacing (now: () => number): Pacing {
  const pacers = new Map<string, Kept>()

  return {
    forRoute (route, settings) {
      const { credential: { name }, upstream: { host } } = route
      const key = JSON.stringify([name, host])
      const kept = pacers.get(key)
      if (!settings.isOn) {
        kept?.pacer.letGo()
        pacers.delete(key)
        return undefined
      }
      const own = settingsFor(route, settings)
      kept?.pacer.use(own)
      const pacer = kept?.pacer ?? createPacer(own, now)
      pacers.set(key, { credential: name, upstream: host, pacer })
      return pacer
    },
    uses: () => [...pacers.values()].flatMap(({ credential, upstream, pacer }) => pacer.uses().map((use) => ({ credential, upstream, ...use }))),
    close () { for (const { pacer } of pacers.values()) pacer.close() }
  }
}

function settingsFor ({ upstream: { region } }: Route, { maxWait, maxWaiting, share, budgets }: PacingConfig): PacingSettings {
  return {
    maxWait, maxWaiting,
    rateOf (name): Rate | undefined {
      const whole = budgets[name] ?? publishedRate(name, region)
      return whole === undefined ? undefined : { count: Math.max(1, Math.floor(whole.count * share)), seconds: whole.seconds }
    }
  }
}

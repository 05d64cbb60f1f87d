// What the page knows: the parts that the stream /-/changes has sent, put together. It is closed while nobody looks: browsers
// open only six connections to one place, and each tab would keep one.

import type { ClockPart, Parts, RefusalPart } from '../admin/dashboard/parts.ts'
import { visible } from '../observe/visible.ts'

type TrafficStep = Parts['traffic'][number]

export interface Shown {
  readonly isConnected: boolean
  /** What to add to the clock of this machine to have the proxy's, in milliseconds. */
  readonly clockAhead: number
  readonly proxy: Parts['proxy'] | undefined
  readonly routes: Parts['routes']
  readonly team: Parts['team'] | undefined
  /** Oldest first. */
  readonly traffic: readonly TrafficStep[]
  /** Newest first. */
  readonly refusals: readonly RefusalPart[]
}

export const NOTHING: Shown = { isConnected: false, clockAhead: 0, proxy: undefined, routes: [], team: undefined, traffic: [], refusals: [] }

/** An EventSource tries again by itself only where the connection broke, not after an answer such as 503. */
const RETRY_MS = 3000
const KEPT_S = 3600
const MOST_REFUSALS = 200

/** Calls back with all that is known, each time there is something new. @returns Ends it. */
export function followChanges (show: (shown: Shown) => void): () => void {
  let shown = NOTHING
  let source: EventSource | undefined
  let retry: number | undefined
  /** Which parts are to be replaced: what is sent first is everything. */
  let fresh = new Set<'traffic' | 'refusals'>()

  const take = (part: Partial<Shown>): void => { shown = { ...shown, ...part }; show(shown) }

  function open (): void {
    close()
    source = new EventSource('/-/changes')
    const on = <Name extends keyof Parts>(name: Name, use: (part: Parts[Name]) => void): void => {
      source?.addEventListener(name, ({ data }: MessageEvent<string>) => { use(read(data) as Parts[Name]) })
    }
    on('clock', ({ now }: ClockPart) => { fresh = new Set(['traffic', 'refusals']); take({ isConnected: true, clockAhead: Date.parse(now) - Date.now() }) })
    on('proxy', (proxy) => { take({ proxy }) })
    on('routes', (routes) => { take({ routes }) })
    on('team', (team) => { take({ team }) })
    on('traffic', (steps) => { take({ traffic: mergedTraffic(fresh.delete('traffic') ? [] : shown.traffic, steps) }) })
    on('refusals', (refusals) => { take({ refusals: mergedRefusals(fresh.delete('refusals') ? [] : shown.refusals, refusals) }) })
    source.addEventListener('error', () => {
      take({ isConnected: false })
      if (source?.readyState === EventSource.CLOSED) retry = window.setTimeout(open, RETRY_MS)
    })
  }

  function close (): void {
    window.clearTimeout(retry)
    source?.close()
    source = undefined
  }

  const look = (): void => { if (document.hidden) close(); else open() }
  document.addEventListener('visibilitychange', look)
  look()
  return () => { document.removeEventListener('visibilitychange', look); close() }
}

/** Others wrote parts of it: no character of it may change how the rest is read. */
function read (json: string): unknown {
  return JSON.parse(json, (_name, value: unknown) => typeof value === 'string' ? visible(value) : value)
}

function mergedTraffic (known: readonly TrafficStep[], steps: readonly TrafficStep[]): readonly TrafficStep[] {
  const first = steps[0]?.at ?? Infinity
  const all = [...known.filter(({ at }) => at < first), ...steps]
  const last = all.at(-1)?.at ?? 0
  return all.filter(({ at }) => at > last - KEPT_S)
}

function mergedRefusals (known: readonly RefusalPart[], changed: readonly RefusalPart[]): readonly RefusalPart[] {
  const byId = new Map([...known, ...changed].map((refusal) => [refusal.id, refusal]))
  return [...byId.values()].sort((one, other) => other.id - one.id).slice(0, MOST_REFUSALS)
}

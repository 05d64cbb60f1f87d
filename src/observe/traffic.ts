// What went through in the last hour, in steps of ten seconds, for the dashboard. In memory, and never more than an hour.

import { createHistogram } from 'node:perf_hooks'
import type { ProxyEvent, RequestCompleted } from '../events.ts'

/** Ten seconds. What nobody counted in is left out. */
export interface TrafficStep {
  /** When it begins, in seconds since 1970. */
  readonly at: number
  /** Requests that LangSmith answered with 1xx to 3xx, with 401 or 403, with another 4xx, and with 5xx. */
  succeeded: number
  refused: number
  clientErrors: number
  serverErrors: number
  /** Requests that the proxy answered itself, and those that had no whole answer. */
  denied: number
  cut: number
  /** Bytes of bodies. */
  bytesIn: number
  bytesOut: number
  /** Milliseconds until LangSmith's answer began: the median, and what one in twenty exceeds. Undefined where nothing was answered. */
  p50: number | undefined
  p95: number | undefined
}

export interface Traffic {
  readonly emit: (event: ProxyEvent) => void
  /** Oldest first; the last one may still change. @param at - Steps that begin then or later, in seconds since 1970. */
  readonly since: (at: number) => readonly Readonly<TrafficStep>[]
}

export const STEP_S = 10
export const KEPT_S = 3600

/** Longer than any answer may take to begin. */
const HIGHEST_US = 3_600_000_000

/** @param now - Milliseconds since 1970. */
export function createTraffic (now: () => number): Traffic {
  let steps: TrafficStep[] = []
  const times = createHistogram({ lowest: 1, highest: HIGHEST_US, figures: 2 }) // of the last step, in microseconds

  function stepNow (): TrafficStep {
    const at = Math.floor(now() / 1000 / STEP_S) * STEP_S
    const last = steps.at(-1)
    if (last !== undefined && last.at >= at) return last // as well where the clock was set back
    if (last !== undefined) noteTimes(last)
    times.reset()
    const step = { at, succeeded: 0, refused: 0, clientErrors: 0, serverErrors: 0, denied: 0, cut: 0, bytesIn: 0, bytesOut: 0, p50: undefined, p95: undefined }
    steps = [...steps.filter((one) => one.at > at - KEPT_S), step]
    return step
  }

  function noteTimes (step: TrafficStep): void {
    if (times.count === 0) return
    step.p50 = times.percentile(50) / 1000
    step.p95 = times.percentile(95) / 1000
  }

  return {
    emit (event) {
      if (event.event !== 'request.completed' && event.event !== 'request.aborted') return
      const isOwnPage = event.route === undefined && (event.event === 'request.aborted' || event.code === undefined)
      if (isOwnPage) return
      const step = stepNow()
      step.bytesIn += event.bytes_in
      step.bytesOut += event.bytes_out
      step[event.event === 'request.aborted' ? 'cut' : kindOf(event)]++
      if (event.event === 'request.completed' && event.upstream_ms !== undefined) times.record(Math.min(HIGHEST_US, Math.max(1, Math.round(event.upstream_ms * 1000))))
    },
    since (at) {
      const last = steps.at(-1)
      if (last !== undefined) noteTimes(last)
      const oldest = now() / 1000 - KEPT_S
      return steps.filter((step) => step.at >= at && step.at > oldest)
    }
  }
}

function kindOf ({ source, status }: RequestCompleted): 'succeeded' | 'refused' | 'clientErrors' | 'serverErrors' | 'denied' {
  if (source === 'proxy') return 'denied'
  if (status === 401 || status === 403) return 'refused'
  if (status >= 500) return 'serverErrors'
  return status >= 400 ? 'clientErrors' : 'succeeded'
}

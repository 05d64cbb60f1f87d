// Metrics with all their sources, and events to fill them with.

import { createMetrics } from '../../../src/observe/metrics.ts'
import type { Metrics, MetricsSources } from '../../../src/observe/metrics.ts'
import type { RequestCompleted } from '../../../src/events.ts'

export const FIELDS = { reqId: '1', method: 'GET', path: '/x' } as const

/** An answer of LangSmith. */
export function completed (fields: Partial<RequestCompleted> = {}): RequestCompleted {
  return { event: 'request.completed', ...FIELDS, route: '/', credential: 'us', fingerprint: '00000000', status: 200, source: 'upstream', duration_ms: 30, upstream_ms: 20, first_byte_ms: 25, bytes_in: 3, bytes_out: 5, ...fields }
}

/** Metrics that end with the test; every source is there. */
export function knownMetrics (t: { teardown: (end: () => void) => unknown }, sources: Partial<MetricsSources> = {}): Metrics {
  const metrics = createMetrics({
    build: { version: 'test', node: 'test' }, maskText: (text) => text, inFlight: () => 0, lostLines: () => 0, lostAuditLines: () => 0, isRedisUp: () => true, credentials: () => [], ways: () => [], budgets: () => [],
    certificate: { current: { until: 2e12 } },
    processUse: () => ({ residentBytes: 1, heapBytes: 1, externalBytes: 1, cpuSeconds: 1, openFiles: 1, mostFiles: 1 }),
    now: Date.now, ...sources
  })
  t.teardown(() => { metrics.close() })
  return metrics
}

/** Lines of a metric. */
export function linesOf (text: string, name: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
}

/** Value of a series; undefined where it is not there. */
export function valueOf (text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

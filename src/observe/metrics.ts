// Prometheus metrics. Labels have few values: never a path, a caller's text or a host. `client` is a name of the
// clients file, and left out for who showed no client key, which to Prometheus is the same as empty.

import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { addCredentialMetrics } from './credential-metrics.ts'
import { createTally } from './tally.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RefusalExplained } from '../diagnosis/events.ts'
import type { Emit, ProxyEvent } from '../events.ts'
import type { RequestFields } from '../exchange.ts'
import type { LiveCredential } from '../secrets/credential.ts'

export interface Metrics {
  readonly emit: Emit
  readonly contentType: string
  /** The page. */
  text: () => Promise<string>
}

/** Seconds: from a cached read on the same machine to a long query. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export interface MetricsSources {
  readonly build: { readonly version: string, readonly node: string }
  /** Requests that have no whole answer yet. */
  readonly inFlight: () => number
  /** Log lines dropped so far. */
  readonly lostLines: () => number
  /** Lines of the audit record dropped so far; none where there can be no record. */
  readonly lostAuditLines?: (() => number) | undefined
  /** Whether Redis counts; undefined where none is set. */
  readonly isRedisUp?: (() => boolean | undefined) | undefined
  readonly credentials: () => readonly LiveCredential[]
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function createMetrics ({ build, inFlight, lostLines, lostAuditLines, isRedisUp, credentials, now }: MetricsSources): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const requests = createTally({
    name: 'langsmith_proxy_requests_total', help: 'Answered requests.', labelNames: ['route', 'method', 'status', 'source', 'client'], registers
  })
  const durations = new Histogram({
    name: 'langsmith_proxy_request_duration_seconds', help: 'From the head of the request to the end of the answer.', labelNames: ['route', 'source'], buckets: DURATION_BUCKETS, registers
  })
  const refusals = new Counter({
    name: 'langsmith_proxy_refusals_total', help: 'Answers of LangSmith with 401 or 403, by the most likely cause.', labelNames: ['route', 'status', 'code', 'client'], registers
  })
  const explained = new Counter({
    name: 'langsmith_proxy_refusals_explained_total', help: 'Refusals about which read-only calls found out more, by the cause that they showed.', labelNames: ['route', 'status', 'code'], registers
  })
  const answers = new Counter({
    name: 'langsmith_proxy_answers_diagnosed_total', help: 'Other answers of LangSmith whose cause is known, by that cause.', labelNames: ['route', 'status', 'code'], registers
  })
  const denials = new Counter({
    name: 'langsmith_proxy_denials_total', help: 'Answers in which the proxy itself said no.', labelNames: ['code', 'client'], registers
  })
  new Counter({
    name: 'langsmith_proxy_log_lines_lost_total', help: 'Log lines that could not be written.', registers, collect () { this.reset(); this.inc(lostLines()) }
  }) // told while the log is still stuck, when no log line could tell it
  if (lostAuditLines !== undefined) {
    new Counter({
      name: 'langsmith_proxy_audit_lines_lost_total', help: 'Lines of the audit record that could not be written.', registers, collect () { this.reset(); this.inc(lostAuditLines()) }
    })
  }
  new Gauge({
    name: 'langsmith_proxy_requests_in_flight', help: 'Requests that have no whole answer yet.', registers, collect () { this.set(inFlight()) }
  }) // the registry keeps it
  new Gauge({
    name: 'langsmith_proxy_redis_up', help: 'Whether Redis (limits.redis) counts the requests of clients; left out where none is set.', registers,
    collect () {
      const isUp = isRedisUp?.()
      if (isUp === undefined) this.remove()
      else this.set(isUp ? 1 : 0)
    }
  })
  new Gauge({ name: 'langsmith_proxy_build_info', help: 'Always 1; the labels say what runs.', labelNames: ['version', 'node'], registers }).set(build, 1)

  const ofCredentials = addCredentialMetrics(registers, credentials, now)

  function emit (event: ProxyEvent): void {
    ofCredentials(event)
    switch (event.event) {
      case 'request.completed':
        requests.add({ route: event.route ?? '', method: event.method, status: event.status, source: event.source, ...clientOf(event) })
        durations.observe({ route: event.route ?? '', source: event.source }, event.duration_ms / 1000)
        break
      case 'request.denied': // here and not above, because bytes that are no request are never completed
      case 'upstream.failed':
        denials.inc({ code: event.code, ...clientOf(event) })
        break
      case 'refusal.diagnosed':
        refusals.inc({ ...labelsOf(event), ...clientOf(event) })
        break
      case 'refusal.explained':
        explained.inc(labelsOf(event))
        break
      case 'answer.diagnosed':
        answers.inc(labelsOf(event))
        break
      default: // the rest is for the log
    }
  }

  return { emit, contentType: registry.contentType, text: () => registry.metrics() }
}

function clientOf ({ client }: RequestFields): { readonly client?: string } {
  return client === undefined ? {} : { client }
}

/** Codes are fixed words, and only a few statuses are explained. */
function labelsOf ({ route = '', status, diagnosis: { code } }: RefusalDiagnosed | RefusalExplained | AnswerDiagnosed): { readonly route: string, readonly status: number, readonly code: string } {
  return { route, status, code }
}

// OpenTelemetry exporters add /v1/traces to one of their two settings and not to the other, so the path is easily doubled
// or cut (langchain-ai/docs PR 5822). The proxy puts the usual spellings right; these are the rest.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { bareSegments } from '../../routes/bare-path.ts'
import { docsPage, HELM_NGINX } from '../sources.ts'
import { theRoute, upstreamSetting } from '../words.ts'
import { CERTAIN, LIKELY } from '../weights.ts'

/** Where exporters send what LangSmith does not take. */
const OTHER_SIGNALS = /^(?:\/api)?\/v1\/(?:metrics|logs)\/?$/
const RIGHT = /^\/otel\/v1\/(?:traces|claude_code)\/?$/

export const otlpPath: Rule = {
  code: 'otlp-path',
  answers: 'others',
  basis: 'confirmed',
  rows: [25],
  seen: '404 from an OpenTelemetry exporter, on a path with `/v1/traces` twice or not at all.',
  means: 'The exporter appends `/v1/traces` to `OTEL_EXPORTER_OTLP_ENDPOINT`, and takes `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` as it is; the whole address in the first, or only the base in the second, gives a path that does not exist. LangSmith takes traces only, no metrics.',
  remedy: 'Set `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:5764/otel`, or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:5764/otel/v1/traces` (with the prefix of the route before `/otel`).',
  sureness: 'Certain for a doubled path, likely for another path below `/otel`, for metrics and logs, and for the right path where a self-hosted upstream lacks `/api/v1`. Nothing is said of calls that are no POST, as those of exporters are.',
  sources: [docsPage('trace-with-opentelemetry'), 'https://github.com/langchain-ai/docs/pull/5822', HELM_NGINX],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { status, method, path, route } = evidence
  if (status !== 404 || method !== 'POST') return undefined
  const bare = `/${bareSegments(path).join('/')}`
  const doubled = /\/v1\/traces\/+v1\/traces\b/.test(path)
  const isOtlp = doubled || bare === '/otel' || bare.startsWith('/otel/') || OTHER_SIGNALS.test(path)
  if (!isOtlp) return undefined
  if (RIGHT.test(bare) && (route.region !== undefined || path.startsWith('/api/'))) return undefined // that is where it belongs
  if (RIGHT.test(bare)) {
    return {
      weight: LIKELY,
      summary: `Probably the address that ${theRoute(evidence)} goes to has its OpenTelemetry path elsewhere.`,
      fix: `set ${upstreamSetting(evidence)} to https://HOST/api/v1: self-hosted LangSmith takes traces at /api/v1/otel/v1/traces`
    }
  }
  const own = route.prefix === '/' ? '' : route.prefix
  return {
    weight: doubled ? CERTAIN : LIKELY,
    summary: doubled ? `The OpenTelemetry exporter calls a path with /v1/traces twice on ${theRoute(evidence)}.` : `The OpenTelemetry path that was called on ${theRoute(evidence)} does not exist at LangSmith, which takes traces only.`,
    fix: `set OTEL_EXPORTER_OTLP_ENDPOINT to the address of the proxy and ${own}/otel; only OTEL_EXPORTER_OTLP_TRACES_ENDPOINT takes the whole path ${own}/otel/v1/traces`
  }
}

// OpenTelemetry's exporters, which know no key and are given the address in several spellings.

import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import t from 'tap'
import { valuesOf } from '../support/upstream.ts'
import { checkSwap, keyOf, startStage } from './support.ts'

const EXPORTERS = { json: JsonExporter, protobuf: ProtobufExporter } as const
const SPELLINGS = ['/otel', '/otel/', '/v1/traces', '/otel/v1/traces', '/otel/v1/traces/v1/traces'] as const

async function exportSpan (exporter: SpanExporter, name: string): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.getTracer('test').startSpan(name).end()
  await provider.forceFlush()
  await provider.shutdown()
}

for (const form of ['json', 'protobuf'] as const) {
  t.test(`spans as ${form} arrive under every spelling of the address`, async (t) => {
    const { url, sandbox } = await startStage(t)
    for (const spelling of SPELLINGS) await exportSpan(new EXPORTERS[form]({ url: url + spelling }), spelling)
    t.same(sandbox.requests.map((request) => request.url), SPELLINGS.map(() => '/otel/v1/traces'))
    t.same(sandbox.runs('us').map(({ name, status }) => [name, status]), SPELLINGS.map((name) => [name, 'success']))
    checkSwap(t, sandbox.requests, keyOf('good-us'))
  })

  t.test(`spans as ${form} under a prefix, with a placeholder for a key, packed`, async (t) => {
    const { url, sandbox } = await startStage(t)
    const headers = { 'x-api-key': '<your-api-key>', 'Langsmith-Project': 'spans' }
    await exportSpan(new EXPORTERS[form]({ url: `${url}/eu/v1/traces`, headers, compression: 'gzip' as never }), 'packed')
    t.match(sandbox.runs('eu'), [{ name: 'packed', session_name: 'spans' }])
    t.same(sandbox.runs('us'), [])
    checkSwap(t, sandbox.requests, keyOf('good-eu'))
    t.same(valuesOf(sandbox.requests[0]?.rawHeaders ?? [], 'langsmith-project'), ['spans'])
    t.same(valuesOf(sandbox.requests[0]?.rawHeaders ?? [], 'content-encoding'), ['gzip'])
  })
}

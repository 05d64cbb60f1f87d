import t from 'tap'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { context, trace } from '@opentelemetry/api'
import { keyOf, sandboxFor, send } from './support.ts'

const TYPES = { json: 'application/json', protobuf: 'application/x-protobuf' } as const
const ID = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

const REFUSED: { title: string, path?: string, type?: string, body: string | Buffer, status: number }[] = [
  { title: 'another content type', type: 'text/plain', body: 'x', status: 415 },
  { title: 'JSON that is none', type: TYPES.json, body: '{', status: 422 },
  { title: 'JSON of another shape', type: TYPES.json, body: '{"resourceSpans":{}}', status: 422 },
  { title: 'a span without IDs', type: TYPES.json, body: '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}]}', status: 400 },
  { title: 'protobuf: a field without end', type: TYPES.protobuf, body: Buffer.from([0x0a, 0x05, 0x01]), status: 400 },
  { title: 'protobuf: a number without end', type: TYPES.protobuf, body: Buffer.from([0x0a, 0xff]), status: 400 },
  { title: 'protobuf: an endless number', type: TYPES.protobuf, body: Buffer.alloc(20, 0xff), status: 400 },
  { title: 'protobuf: a group', type: TYPES.protobuf, body: Buffer.from([0x0b]), status: 400 },
  { title: 'protobuf: field number 0', type: TYPES.protobuf, body: Buffer.from([0x02, 0x00]), status: 400 },
  { title: 'protobuf: a time of 4 bytes', type: TYPES.protobuf, body: Buffer.from('0a0912071205 3d00000000'.replace(' ', ''), 'hex'), status: 400 },
  { title: 'B22: the doubled path', path: '/otel/v1/traces/v1/traces', body: '{}', status: 404 },
  { title: 'bare /otel', path: '/otel', body: '{}', status: 404 },
  { title: '/otel/', path: '/otel/', body: '{}', status: 404 },
  { title: 'bare /api/v1/otel', path: '/api/v1/otel', body: '{}', status: 404 }
]

t.test('exports that make no sense are refused', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const { title, path = '/otel/v1/traces', type = TYPES.json, body, status } of REFUSED) {
    t.equal((await send(sandbox, path, { key: 'good-us', body, headers: { 'content-type': type } })).status, status, title)
  }
  t.equal((await send(sandbox, '/otel/v1/traces', { key: 'viewer-us', body: '{}' })).text, '{"error":"Forbidden"}\n')
  t.same(sandbox.runs('us'), [])
})

t.test('an export by hand', async (t) => {
  const sandbox = await sandboxFor(t)
  const span = (times: object): string => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...ID, name: 'by hand', ...times }] }] }] })
  const post = (body: string): Promise<{ status: number, text: string }> =>
    send(sandbox, '/api/v1/otel/v1/traces', { key: 'good-us', body, headers: { 'content-type': 'application/json; charset=utf-8' } })

  t.match(await post('{"resourceSpans":[]}'), { status: 200, text: '{}' }, 'an empty one is fine')
  await post(span({ startTimeUnixNano: '1700000000000000000' }))
  t.match(sandbox.runs('us'), [{
    id: '00000000-0000-0000-b7ad-6b7169203331',
    trace_id: '0af76519-16cd-43dd-8448-eb211c80319c',
    start_time: '2023-11-14T22:13:20.000Z',
    status: 'pending'
  }])
  await post(span({ startTimeUnixNano: { low: 1_000_000_000, high: 0 }, endTimeUnixNano: 2_000_000_000 }))
  t.match(sandbox.runs('us'), [{ start_time: '1970-01-01T00:00:01.000Z', end_time: '1970-01-01T00:00:02.000Z', status: 'success' }])
})

const EXPORTERS = { json: JsonExporter, protobuf: ProtobufExporter }

for (const form of ['json', 'protobuf'] as const) {
  for (const compression of ['none', 'gzip'] as const) {
    t.test(`the OpenTelemetry exporter's spans arrive as ${form}, compression ${compression}`, async (t) => {
      const sandbox = await sandboxFor(t)
      const exporter: SpanExporter = new EXPORTERS[form]({
        url: `${sandbox.regions.us.url}/otel/v1/traces`,
        headers: { 'x-api-key': keyOf('good-us'), 'Langsmith-Project': 'spans' },
        compression: compression as never
      })
      const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
      const tracer = provider.getTracer('test')
      const parent = tracer.startSpan('parent')
      tracer.startSpan('child', {}, trace.setSpan(context.active(), parent)).end()
      parent.end()
      await provider.forceFlush()
      await provider.shutdown()

      const runs = sandbox.runs('us')
      const [parentRun, childRun] = ['parent', 'child'].map((wanted) => runs.find(({ name }) => name === wanted))
      t.match(parentRun, { session_name: 'spans', status: 'success', parent_run_id: null })
      t.equal(childRun?.parent_run_id, parentRun?.id)
      t.equal(childRun?.trace_id, parentRun?.trace_id)
      t.ok(Math.abs(Date.parse(String(childRun?.start_time)) - Date.now()) < 60_000, 'with the right time')
      t.equal(sandbox.requests.every(({ rawHeaders }) => rawHeaders.includes('gzip')), compression === 'gzip')
      t.ok(sandbox.requests.every(({ rawHeaders }) => rawHeaders.includes(TYPES[form])))
    })
  }
}

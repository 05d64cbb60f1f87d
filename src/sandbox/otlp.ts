// From an OTLP/HTTP trace export, JSON or protobuf, to writes for the store. Field numbers and names:
// opentelemetry-proto, trace/v1/trace.proto and collector/trace/v1/trace_service.proto.
// How LangSmith itself maps spans to runs is UNCONFIRMED; here a span becomes a run of the same name,
// without attributes. Run ID: the span ID as the end of a UUID; trace ID: the same 16 bytes.

import { isFields, listOfFields, parseFields, type Fields } from './json.ts'
import { PayloadRefused } from './payload-refused.ts'
import { wireFields } from './protobuf.ts'
import type { RunWrite } from './run-parts.ts'

interface Span {
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** Nanoseconds since 1970. */
  readonly start: bigint
  readonly end: bigint
}

/**
 * Reads a JSON export (the proto3 JSON form, with IDs in hex as OTLP says).
 *
 * @param body - Unpacked.
 * @throws PayloadRefused 400 or 422; the words are UNCONFIRMED.
 */
export function spansFromJson (body: Buffer): RunWrite[] {
  const spans = listOfFields(parseFields(body).resourceSpans, 'resourceSpans')
    .flatMap((resource) => listOfFields(resource.scopeSpans, 'scopeSpans'))
    .flatMap((scope) => listOfFields(scope.spans, 'spans'))
  return spans.map((span) => asWrite({
    traceId: text(span.traceId),
    spanId: text(span.spanId),
    parentSpanId: text(span.parentSpanId),
    name: text(span.name),
    start: nanoseconds(span.startTimeUnixNano),
    end: nanoseconds(span.endTimeUnixNano)
  }))
}

/**
 * Reads a protobuf export.
 *
 * @param body - Unpacked.
 * @throws PayloadRefused 400 when it is not protobuf; the words are UNCONFIRMED.
 */
export function spansFromProtobuf (body: Buffer): RunWrite[] {
  try {
    return nested([body], [1, 2, 2]).map((bytes) => asWrite(spanFrom(bytes)))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new PayloadRefused(400, 'body is not an OTLP trace export', { cause })
  }
}

/** The messages at the end of a path of field numbers. */
function nested (messages: Buffer[], path: readonly number[]): Buffer[] {
  return path.reduce((level, wanted) => level.flatMap((message) =>
    [...wireFields(message)].filter(({ number }) => number === wanted).map(({ bytes }) => bytes)), messages)
}

function spanFrom (message: Buffer): Span {
  const fields = new Map([...wireFields(message)].map(({ number, bytes }) => [number, bytes]))
  const hex = (number: number): string => fields.get(number)?.toString('hex') ?? ''
  const time = (number: number): bigint => fields.get(number)?.readBigUInt64LE() ?? 0n
  return { traceId: hex(1), spanId: hex(2), parentSpanId: hex(4), name: fields.get(5)?.toString('utf8') ?? '', start: time(7), end: time(8) }
}

function asWrite ({ traceId, spanId, parentSpanId, name, start, end }: Span): RunWrite {
  if (!/^[0-9a-f]{32}$/i.test(traceId) || !/^[0-9a-f]{16}$/i.test(spanId)) {
    throw new PayloadRefused(400, 'a span has no valid trace ID or span ID')
  }
  const fields: Fields = {
    name,
    run_type: 'chain',
    trace_id: asUuid(traceId),
    parent_run_id: parentSpanId === '' ? null : asUuid(parentSpanId),
    start_time: milliseconds(start),
    ...(end > 0n ? { end_time: milliseconds(end) } : {})
  }
  return { id: asUuid(spanId), fields }
}

function asUuid (hex: string): string {
  return hex.toLowerCase().padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function milliseconds (time: bigint): number {
  return Number(time / 1_000_000n)
}

function text (value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function nanoseconds (value: unknown): bigint {
  // The JSON form writes 64-bit numbers as texts; some exporters send { low, high } or a number.
  if (isFields(value) && typeof value.low === 'number' && typeof value.high === 'number') {
    return BigInt(value.high >>> 0) * 4_294_967_296n + BigInt(value.low >>> 0)
  }
  const digits = typeof value === 'number' ? String(value) : text(value)
  return /^\d{1,20}$/.test(digits) ? BigInt(digits) : 0n
}

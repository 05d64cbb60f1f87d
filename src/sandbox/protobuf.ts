// Just enough of protobuf's wire format to read the names and times of spans out of an OTLP export
// (protobuf.dev, "Encoding"). The OpenTelemetry packages only write requests, they do not read them.

/** One field of a message, by number. */
export interface WireField {
  readonly number: number
  /** Bytes of a length-delimited field, or the 8 or 4 bytes of a fixed one; empty for a varint. */
  readonly bytes: Buffer
}

/**
 * Reads the fields of one message, one level deep.
 *
 * @param message - The encoded message.
 * @returns Its fields in order, repeated ones several times.
 * @throws RangeError when it is not protobuf.
 */
export function* wireFields (message: Buffer): Generator<WireField> {
  let at = 0
  while (at < message.length) {
    const tag = varint(message, at)
    const number = Math.floor(tag.value / 8)
    if (number === 0) throw new RangeError('a protobuf field has the number 0')
    at = tag.end
    const end = valueEnd(message, at, tag.value % 8)
    if (end.to > message.length) throw new RangeError('a protobuf field ends after its message')
    yield { number, bytes: message.subarray(end.from, end.to) }
    at = end.to
  }
}

function valueEnd (message: Buffer, at: number, wireType: number): { from: number, to: number } {
  switch (wireType) {
    case 0: { const { end } = varint(message, at); return { from: end, to: end } }
    case 1: return { from: at, to: at + 8 }
    case 2: { const { value, end } = varint(message, at); return { from: end, to: end + value } }
    case 5: return { from: at, to: at + 4 }
    default: throw new RangeError('a protobuf field has an unknown wire type')
  }
}

/** Seven bits a byte, lowest first. Numbers beyond 2^53 lose precision, which no length and no tag needs. */
function varint (message: Buffer, at: number): { value: number, end: number } {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = message[at + index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: at + index + 1 }
  }
  throw new RangeError('a protobuf number has no end')
}

// Takes a multipart/form-data body apart (RFC 2046 section 5.1, RFC 7578). The platform's own
// formData() would do, but it drops the headers of a part and reads attachments as text, and LangSmith
// asks for Content-Type and length on every part (docs/langsmith-api.md, section 5.1).

import { PayloadRefused } from './payload-refused.ts'

/** 25 MiB, the largest field that LangSmith takes (B19). */
export const FIELD_LIMIT_BYTES = 26_214_400

export interface Part {
  readonly name: string
  /** Without parameters, lower case. */
  readonly contentType: string
  readonly content: Buffer
}

const CRLF = '\r\n'

/**
 * Reads a multipart body.
 *
 * @param body - Whole and unpacked.
 * @param contentType - The request's header, with its boundary.
 * @returns The parts in order.
 * @throws PayloadRefused 422: no boundary, no end, a part without name, Content-Type or (right) length, a part
 * that is packed by itself, or a field over 25 MiB (B19). The words but for B19 are UNCONFIRMED.
 */
export function parseMultipart (body: Buffer, contentType: string | undefined): Part[] {
  // The first delimiter may stand at the very start: with this it looks like all others.
  const bytes = Buffer.concat([Buffer.from(CRLF), body])
  const delimiter = Buffer.from(`${CRLF}--${boundaryOf(contentType)}`)
  const parts: Part[] = []

  let at = bytes.indexOf(delimiter)
  if (at === -1) throw broken('the boundary does not occur in the body')
  for (;;) {
    const after = at + delimiter.length
    if (bytes.toString('latin1', after, after + 2) === '--') return parts
    const lineEnd = bytes.indexOf(CRLF, after) // blanks may stand between boundary and line end
    at = bytes.indexOf(delimiter, after)
    if (lineEnd === -1 || at === -1) throw broken('the body ends before its last boundary')
    parts.push(parsePart(bytes.subarray(lineEnd, at)))
  }
}

/** From the line end after one boundary to the one before the next. */
function parsePart (bytes: Buffer): Part {
  const headEnd = bytes.indexOf(CRLF + CRLF)
  if (headEnd === -1) throw broken('a part has no end of headers')
  const headers = parseHeaders(bytes.toString('utf8', 0, headEnd))
  const content = bytes.subarray(headEnd + 4)

  const name = parameter(headers.get('content-disposition'), 'name')
  const type = headers.get('content-type')
  if (name === undefined || name === '') throw broken('a part has no name')
  if (type === undefined) throw broken(`part ${name} has no Content-Type`)
  if (headers.has('content-encoding') || parameter(type, 'encoding') !== undefined) throw broken(`part ${name} is encoded by itself`)
  const length = parameter(type, 'length') ?? headers.get('content-length')
  if (length === undefined) throw broken(`part ${name} has no length`)
  // Whether LangSmith compares is UNCONFIRMED; here it shows that somebody on the way changed a body.
  if (Number(length) !== content.length) throw broken(`part ${name} has not the length that it says`)
  if (content.length > FIELD_LIMIT_BYTES) {
    throw broken(`field size ${content.length} exceeds maximum allowed size of ${FIELD_LIMIT_BYTES} bytes`)
  }
  return { name, contentType: (type.split(';')[0] ?? '').trim().toLowerCase(), content }
}

function parseHeaders (block: string): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of block.split(CRLF)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}

function boundaryOf (contentType: string | undefined): string {
  const boundary = contentType?.toLowerCase().startsWith('multipart/form-data') === true ? parameter(contentType, 'boundary') : undefined
  if (boundary === undefined || boundary === '') throw broken('the request is not multipart/form-data with a boundary')
  return boundary
}

/** The value of `name=value` or `name="value"` after a semicolon. */
function parameter (header: string | undefined, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(header ?? '')
  return match?.[1] ?? match?.[2]
}

function broken (message: string): PayloadRefused {
  return new PayloadRefused(422, message)
}

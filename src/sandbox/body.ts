// From the bytes of a request to its payload: collected up to a limit, then unpacked up to the same
// limit. Only LangSmith's own endpoints collect; the sink under /sandbox/ does not.

import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { PayloadRefused } from './payload-refused.ts'

/** 64 MiB, what the largest known client sends at once (docs/langsmith-api.md, section 5.2); packed and unpacked. */
export const BODY_LIMIT_BYTES = 64 * 1024 * 1024

const ZSTD_STEP_BYTES = 64 * 1024
const unzip = promisify(gunzip)

/**
 * Collects a body. What is over the limit is read to its end, but not kept.
 *
 * @param chunks - The body as it arrives.
 * @param limit - Bytes.
 * @returns The bytes, still packed if they were.
 * @throws PayloadRefused 413 when there were more.
 */
export async function collect (chunks: AsyncIterable<Buffer>, limit = BODY_LIMIT_BYTES): Promise<Buffer> {
  const kept: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes <= limit) kept.push(chunk)
    else kept.length = 0
  }
  if (bytes > limit) throw tooLarge(limit)
  return Buffer.concat(kept)
}

/**
 * Reads a body to its end and keeps nothing.
 *
 * @param chunks - The body as it arrives.
 * @returns How many bytes there were.
 */
export async function drain (chunks: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.length
  return bytes
}

/**
 * Undoes the Content-Encoding of a body. LangSmith's ingestion takes gzip and zstd (section 5.1).
 *
 * @param body - As it was sent.
 * @param encoding - The header, undefined if there was none.
 * @param limit - Bytes that may come out.
 * @throws PayloadRefused 413 when more comes out, 415 for another encoding, 400 when it cannot be
 * unpacked. That LangSmith uses these numbers is UNCONFIRMED.
 */
export async function decode (body: Buffer, encoding: string | undefined, limit = BODY_LIMIT_BYTES): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? 'identity'
  if (name === '' || name === 'identity') return body
  if (name !== 'gzip' && name !== 'zstd') throw new PayloadRefused(415, 'unsupported content encoding')
  try {
    return name === 'gzip' ? await unzip(body, { maxOutputLength: limit }) : unzstd(body, limit)
  } catch (cause) {
    if (cause instanceof PayloadRefused) throw cause
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new PayloadRefused(400, `body is not valid ${name}`, { cause })
  }
}

/**
 * In small steps, so that a bomb is noticed before it is unpacked. What this does not bound is the
 * window that a frame asks for, up to 2 GiB: callers of a sandbox are trusted not to attack it.
 */
function unzstd (body: Buffer, limit: number): Buffer {
  const kept: Uint8Array[] = []
  let bytes = 0
  const stream = new Decompress((chunk) => {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge(limit)
    kept.push(chunk)
  })
  for (let start = 0; start < body.length; start += ZSTD_STEP_BYTES) {
    stream.push(body.subarray(start, start + ZSTD_STEP_BYTES), start + ZSTD_STEP_BYTES >= body.length)
  }
  return Buffer.concat(kept)
}

function tooLarge (limit: number): PayloadRefused {
  return new PayloadRefused(413, `body is larger than ${limit} bytes`)
}

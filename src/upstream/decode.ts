// Decodes the copy of a refused answer, for diagnosis only; the client gets the bytes as they came. An
// answer may be cut, broken or made to burst, so the output is bounded and errors end it quietly:
// what could be read is what there is to diagnose.

import { createBrotliDecompress, createGunzip, createInflate, constants } from 'node:zlib'
import type { Transform } from 'node:stream'
import { decodeZstd } from './decode-zstd.ts'

/** Bytes that the decoded copy of a refusal has at most. */
export const MAX_COPY = 64 * 1024
/** Nobody encodes more often; a header may name thousands. */
const MAX_ENCODINGS = 3

/**
 * @param raw - The beginning of a body as it came.
 * @param contentEncoding - The header's value; undefined for none.
 * @param most - Bytes that are read, and that come out.
 * @returns Empty where the encoding is unknown.
 */
export async function decodeCopy (raw: Buffer, contentEncoding: string | undefined, most = MAX_COPY): Promise<Buffer> {
  const encodings = (contentEncoding ?? '').toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
  if (encodings.length > MAX_ENCODINGS) return Buffer.alloc(0)
  let body = raw.subarray(0, most)
  for (const encoding of encodings.reverse()) body = await decodeOnce(body, encoding, most)
  return body
}

async function decodeOnce (body: Buffer, encoding: string, most: number): Promise<Buffer> {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return collect(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }), body, most)
    case 'deflate':
      return collect(createInflate({ finishFlush: constants.Z_SYNC_FLUSH }), body, most)
    case 'br':
      return collect(createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }), body, most)
    case 'zstd':
      return decodeZstd(body, most)
    default:
      return Buffer.alloc(0)
  }
}

function collect (decoder: Transform, body: Buffer, most: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const finish = (): void => {
      decoder.destroy()
      resolve(Buffer.concat(pieces).subarray(0, most))
    }
    decoder.on('data', (piece: Buffer) => {
      pieces.push(piece)
      size += piece.length
      if (size >= most) finish()
    })
    decoder.once('end', finish).on('error', finish)
    decoder.end(body)
  })
}

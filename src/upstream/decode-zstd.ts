// Decodes zstd (RFC 8878), which Node 20 has not, with fzstd. fzstd trusts its input: it reserves the
// window that a frame asks for, moves it once for each block, and does the same for every further frame.
// So the frame is measured first, and only the beginning of the first one is decoded.

import { Decompress } from 'fzstd'

const MAGIC = 0xfd2fb528
/** What browsers accept as well (RFC 8878, section 3.1.1.1.2). */
const MAX_WINDOW = 8 * 1024 * 1024
/** A block may hold 128 KiB, so a refusal has one or two. */
const MAX_BLOCKS = 32

/**
 * @param body - Perhaps cut, broken or hostile.
 * @param limit - Bytes that are decoded at most.
 * @returns What could be decoded; empty where nothing could.
 */
export function decodeZstd (body: Buffer, limit: number): Buffer {
  const frame = firstFrame(body)
  if (frame === undefined) return Buffer.alloc(0)
  const pieces: Uint8Array[] = []
  let size = 0
  const decoder = new Decompress((piece) => {
    pieces.push(piece)
    size += piece.length
    if (size >= limit) throw new RangeError('enough')
  })
  try {
    decoder.push(frame, true)
  } catch {
    // enough was read, or the copy is cut or broken: what came so far is used
  }
  return Buffer.concat(pieces).subarray(0, limit)
}

// Section 3.1.1: magic number, descriptor, window, dictionary ID, content size, blocks.
function firstFrame (body: Buffer): Buffer | undefined {
  if (body.length < 9 || body.readUInt32LE(0) !== MAGIC) return undefined
  const descriptor = body.readUInt8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0)
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeFlag
  const blocksAt = sizeAt + sizeBytes
  if (blocksAt > body.length) return undefined
  const window = isSingleSegment ? contentSize(body, sizeAt, sizeBytes) : windowOf(body.readUInt8(5))
  return window > MAX_WINDOW ? undefined : body.subarray(0, endOfBlocks(body, blocksAt))
}

function windowOf (descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize (body: Buffer, at: number, bytes: number): number {
  switch (bytes) {
    case 1: return body.readUInt8(at)
    case 2: return body.readUInt16LE(at) + 256
    case 4: return body.readUInt32LE(at)
    default: return Infinity // an 8-byte size is far more than a refusal needs
  }
}

// Section 3.1.1.2: each block begins with a bit for "last", two for its type and 21 for its size.
function endOfBlocks (body: Buffer, start: number): number {
  let at = start
  for (let blocks = 0; blocks < MAX_BLOCKS && at + 3 <= body.length; blocks++) {
    const header = body.readUIntLE(at, 3)
    const isRepeatedByte = ((header >> 1) & 3) === 1
    at += 3 + (isRepeatedByte ? 1 : header >> 3)
    if ((header & 1) === 1) break
  }
  return at
}

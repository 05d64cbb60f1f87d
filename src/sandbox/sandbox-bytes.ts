// Bytes for large downloads: any amount, always the same, so that the receiver can compare hashes.

/** A prime: a chunk that is lost or moved changes what follows. */
const PERIOD = 251
const BLOCK = Buffer.from(Uint8Array.from({ length: PERIOD * 256 }, (_, index) => index % PERIOD))

/**
 * The first bytes of an endless pattern.
 *
 * @param total - How many.
 * @returns Chunks of at most 64 KiB.
 */
export function* sandboxBytes (total: number): Generator<Buffer> {
  for (let left = total; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, Math.min(left, BLOCK.length))
}

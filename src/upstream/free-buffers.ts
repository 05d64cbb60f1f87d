// Bodies lie in memory outside of V8's heap. For each 64 MiB of them the V8 of Node 20 marks its whole heap to find those
// that have passed, up to eight times a second (docs/performance.md). A collection of the young objects, where all of them
// are, is a millisecond's work, and leaves nothing to look for.

/** A quarter of what makes V8 mark: some pieces are still on their way and stay. */
const COLLECT_EVERY_BYTES = 16 * 1024 * 1024

let passed = 0

/**
 * Has the buffers freed now and then, where there is a `gc`: main.ts makes one where it is needed.
 *
 * @param bytes - Of a body, that are about to be passed on.
 */
export function noteBodyBytes (bytes: number): void {
  passed += bytes
  if (passed < COLLECT_EVERY_BYTES) return
  passed = 0
  globalThis.gc?.({ type: 'minor' })
}

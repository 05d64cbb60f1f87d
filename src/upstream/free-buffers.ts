// Bodies lie in memory outside of V8's heap. For each 64 MiB of them the V8 of Node 20 marks its whole heap to find those
// that have passed, up to eight times a second (docs/performance.md). A collection of the young objects, where all of them
// are, is a millisecond's work, and leaves nothing to look for.

import { setFlagsFromString } from 'node:v8'

/** A quarter of what makes V8 mark: some pieces are still on their way and stay. */
const COLLECT_EVERY_BYTES = 16 * 1024 * 1024
/** Smaller bodies come with so many other young objects that V8 collects often enough. */
const LARGE_BODY_BYTES = 32 * 1024

/**
 * By how much the heap may grow from then on before V8 marks it. main.ts allows less, which keeps the memory of small requests low; with that,
 * large bodies were 1.5 times as dear after idle seconds.
 */
const GROWTH_WITH_BODIES = '--heap-growing-percent=150'

let passed = 0
let mayGrow = false

/**
 * Has the buffers freed now and then, where there is a `gc`: main.ts makes one where it is needed.
 *
 * @param bytes - Of a piece of a body, which is about to be passed on.
 * @param soFar - Bytes of that body with this piece.
 */
export function noteBodyBytes (bytes: number, soFar: number): void {
  if (globalThis.gc === undefined || soFar < LARGE_BODY_BYTES) return
  passed += bytes
  if (passed < COLLECT_EVERY_BYTES) return
  passed = 0
  if (!mayGrow) setFlagsFromString(GROWTH_WITH_BODIES)
  mayGrow = true
  globalThis.gc({ type: 'minor' })
}

// Bodies lie in memory outside of V8's heap. For each 64 MiB of them the V8 of Node 20 marks its whole heap to find those
// that have passed, up to eight times a second (docs/performance.md). A collection of the young objects, where all of them
// are, is a millisecond's work, and leaves nothing to look for.

/** A quarter of what makes V8 mark: some pieces are still on their way and stay. */
const COLLECT_EVERY_BYTES = 16 * 1024 * 1024
/** Smaller bodies come with so many other young objects that V8 collects often enough. */
const LARGE_BODY_BYTES = 32 * 1024

let passed = 0
let whenLarge: (() => void) | undefined

/** @param listener - Called once, after the first 16 MiB of bodies of 32 KiB and more, if there is a `gc`. */
export function onLargeBodies (listener: () => void): void {
  whenLarge = listener
}

/**
 * Has the buffers freed now and then, where there is a `gc`: commands/v8-flags.ts makes one where it is needed.
 *
 * @param bytes - Of a piece of a body, which is about to be passed on.
 * @param soFar - Bytes of that body with this piece.
 */
export function noteBodyBytes (bytes: number, soFar: number): void {
  if (globalThis.gc === undefined || soFar < LARGE_BODY_BYTES) return
  passed += bytes
  if (passed < COLLECT_EVERY_BYTES) return
  passed = 0
  whenLarge?.()
  whenLarge = undefined
  globalThis.gc({ type: 'minor' })
}

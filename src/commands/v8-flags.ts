// What V8 is told about memory, since nobody who starts the program can be asked for flags. Each flag is for versions of Node that are known to have
// it; how they were measured: docs/performance.md.

import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { onLargeBodies } from '../upstream/free-buffers.ts'

/** Call it once, before any command runs. */
export function tuneV8 (): void {
  const [major = ''] = process.versions.node.split('.')

  // undici parses answers with WebAssembly. After the few answers that the checks of a start get, V8 would optimise that, in 10 MB that it does
  // not give back; with this it does so after ten or twenty.
  if (['20', '22', '24'].includes(major)) setFlagsFromString('--wasm-tiering-budget=100000000')

  // Node 24 lets short-lived objects pile up, and the buffers of a streamed body with them: a gigabyte took
  // 110 MiB of memory, with this 33 MiB (test/upstream/memory.test.ts). Other versions do not know the flag or do not need it.
  if (major === '24') setFlagsFromString('--scavenger-max-new-space-capacity-mb=4')

  if (major === '20') tuneNode20()
}

/**
 * Left to itself, it may let the heap grow to four times its size while small requests come, and collects young objects when four fifths of their space
 * are full. Growing by two fifths, and collecting at half, take some 20 MiB less. Large bodies get more: with the first they were 1.5 times as dear after
 * idle seconds, and with the second answers of 100 KiB were a tenth dearer.
 */
function tuneNode20 (): void {
  setFlagsFromString('--heap-growing-percent=40')
  setFlagsFromString('--minor-gc-task-trigger=50')
  onLargeBodies(() => {
    setFlagsFromString('--heap-growing-percent=150')
    setFlagsFromString('--minor-gc-task-trigger=80')
  })
  // For free-buffers.ts: the same as `node --expose-gc`. Later versions were not slow with large bodies.
  if (globalThis.gc !== undefined) return
  setFlagsFromString('--expose-gc')
  Reflect.set(globalThis, 'gc', runInNewContext('gc')) // V8 gives it to contexts that are made while the flag is set
  setFlagsFromString('--no-expose-gc')
}

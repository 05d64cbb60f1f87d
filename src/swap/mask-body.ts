// Masks the injected key in an answer while it streams, byte for byte the same length, so that
// Content-Length stays true. Holds back only what may be the beginning of a key.

import type { Pattern } from './patterns.ts'

const STAR = 0x2a
const EMPTY = Buffer.alloc(0)

export interface BodyMask {
  /** What may go to the client now. */
  push: (chunk: Buffer) => Buffer
  /** What was held back; the answer has ended. */
  end: () => Buffer
}

interface Needle { readonly whole: Buffer, readonly telling: Buffer }

/** What waits: as it came, to find keys in, and as it will be shown. */
interface Held { readonly raw: Buffer, readonly shown: Buffer }

const NOTHING: Held = { raw: EMPTY, shown: EMPTY }

/** @param keys - `patterns` from patternsOf(); with none, nothing is masked. It may get another list while the answer streams. */
export function createBodyMask (keys: { readonly patterns: readonly Pattern[] }): BodyMask {
  let { patterns } = keys
  let needles = needlesOf(patterns)
  let held = NOTHING
  return {
    push (chunk) {
      if (keys.patterns !== patterns) {
        patterns = keys.patterns
        needles = needlesOf(patterns)
      }
      const raw = joined(held.raw, chunk)
      // What waits is searched again with what follows it; what was found of it already stays masked, as the
      // end of one key can be the beginning of the next.
      const shown = maskAll(raw, joined(held.shown, chunk), needles)
      const release = raw.length - possibleBeginning(raw, needles)
      held = { raw: raw.subarray(release), shown: shown.subarray(release) }
      return shown.subarray(0, release)
    },
    end () {
      const rest = held.shown
      held = NOTHING
      return rest
    }
  }
}

const made = new WeakMap<readonly Pattern[], readonly Needle[]>()

/** Made once for each list: every answer needs them. */
function needlesOf (patterns: readonly Pattern[]): readonly Needle[] {
  const needles = made.get(patterns) ?? patterns.map(needleOf)
  made.set(patterns, needles)
  return needles
}

function needleOf ({ whole, telling }: Pattern): Needle {
  return { whole: Buffer.from(whole, 'latin1'), telling: Buffer.from(telling, 'latin1') }
}

function joined (before: Buffer, chunk: Buffer): Buffer {
  return before.length === 0 ? chunk : Buffer.concat([before, chunk])
}

/** `shown` with stars where `raw` has a key. Copies before it writes: a chunk belongs to the connection that it came from. */
function maskAll (raw: Buffer, shown: Buffer, needles: readonly Needle[]): Buffer {
  let copy: Buffer | undefined
  for (const needle of needles) {
    for (let at = raw.indexOf(needle.telling); at !== -1; at = raw.indexOf(needle.telling, at + 1)) {
      copy ??= Buffer.from(shown)
      copy.fill(STAR, at, endOfRun(raw, at, needle))
    }
  }
  return copy ?? shown
}

/** Where the run that begins at `at` stops being the needle. */
function endOfRun (text: Buffer, at: number, { whole, telling }: Needle): number {
  let length = telling.length
  while (length < whole.length && text[at + length] === whole[length]) length++
  return at + length
}

/** Length of the longest end of `text` with which a needle begins, but not a whole needle. */
function possibleBeginning (text: Buffer, needles: readonly Needle[]): number {
  let longest = 0
  for (const { whole } of needles) {
    const first = whole.subarray(0, 1)
    let at = text.indexOf(first, Math.max(0, text.length - whole.length + 1))
    while (at !== -1 && text.length - at > longest) {
      if (text.compare(whole, 0, text.length - at, at) === 0) longest = text.length - at
      at = text.indexOf(first, at + 1)
    }
  }
  return longest
}

// Masks the injected key in an answer while it streams, byte for byte the same length, so that
// Content-Length stays true. Holds back only what may be the beginning of a key.

import { createRunFinder } from './find-runs.ts'
import type { FindRuns } from './find-runs.ts'
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
  let search = searchFor(patterns)
  let held = NOTHING
  return {
    push (chunk) {
      if (keys.patterns !== patterns) {
        patterns = keys.patterns
        search = searchFor(patterns)
      }
      const raw = joined(held.raw, chunk)
      // What waits is searched again with what follows it; what was found of it already stays masked, as the
      // end of one key can be the beginning of the next.
      const shown = maskAll(raw, joined(held.shown, chunk), search)
      const release = raw.length - possibleBeginning(raw, search)
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

interface Search { readonly needles: readonly Needle[], readonly find: FindRuns<Needle> }

const made = new WeakMap<readonly Pattern[], Search>()

/** Made once for each list: every answer needs it. */
function searchFor (patterns: readonly Pattern[]): Search {
  let search = made.get(patterns)
  if (search === undefined) {
    const needles = patterns.map(needleOf)
    search = { needles, find: createRunFinder(needles) }
    made.set(patterns, search)
  }
  return search
}

function needleOf ({ whole, telling }: Pattern): Needle {
  return { whole: Buffer.from(whole, 'latin1'), telling: Buffer.from(telling, 'latin1') }
}

function joined (before: Buffer, chunk: Buffer): Buffer {
  return before.length === 0 ? chunk : Buffer.concat([before, chunk])
}

/** `shown` with stars where `raw` has a key. Copies before it writes: a chunk belongs to the connection that it came from. */
function maskAll (raw: Buffer, shown: Buffer, { find }: Search): Buffer {
  let copy: Buffer | undefined
  find(raw, (needle, at) => {
    copy ??= Buffer.from(shown)
    copy.fill(STAR, at, endOfRun(raw, at, needle))
  })
  return copy ?? shown
}

/** Where the run that begins at `at` stops being the needle. */
function endOfRun (text: Buffer, at: number, { whole, telling }: Needle): number {
  let length = telling.length
  while (length < whole.length && text[at + length] === whole[length]) length++
  return at + length
}

/** Length of the longest end of `text` with which a needle begins, but not a whole needle. */
function possibleBeginning (text: Buffer, { needles }: Search): number {
  let longest = 0
  for (const { whole } of needles) {
    const first = whole.readUInt8(0)
    let at = text.indexOf(first, Math.max(0, text.length - whole.length + 1))
    while (at !== -1 && text.length - at > longest) {
      if (text.compare(whole, 0, text.length - at, at) === 0) longest = text.length - at
      at = text.indexOf(first, at + 1)
    }
  }
  return longest
}

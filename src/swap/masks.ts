// Hides every secret of this process in what it writes. Secrets come while it runs, so these masks learn.

import { createKeyFinder, type KeyFinder } from './key-in-text.ts'
import { createHeaderMask, type MaskHeader } from './mask-header.ts'
import { createTextMask, type MaskText } from './mask-text.ts'
import { patternsOf } from './patterns.ts'
import type { Secret } from '../secrets/secret.ts'

/**
 * Of each owner: a source that gives a new value every hour must not fill the memory; by then the oldest ones open
 * nothing. One owner's values never push out another's.
 */
const MOST_EACH = 20

/** The same few routes, names and paths come with every request. */
const MOST_REMEMBERED = 500
const LONGEST_REMEMBERED = 300

export interface Masks {
  /** Must be told of a secret before anything is done with it. @param owner - Name of the credential; none for what never changes. */
  readonly learn: (secret: Secret, owner?: string) => void
  /** Strict, for what comes from outside. */
  readonly maskText: MaskText
  /** The last net, for whole log lines. */
  readonly maskLine: MaskHeader
  /** For the secrets that are known now. */
  readonly keyFinder: () => KeyFinder
}

export function createMasks (): Masks {
  const owners = new Map<string, readonly Secret[]>()
  let maskText = remembering(createTextMask([]))
  let maskLine = createHeaderMask([])
  return {
    learn (secret, owner = '') {
      const own = owners.get(owner) ?? []
      const isNew = !own.some((known) => known.equals(secret))
      // The one that was seen last stays longest.
      owners.set(owner, [...own.filter((known) => !known.equals(secret)), secret].slice(-MOST_EACH))
      if (!isNew) return
      const secrets = [...owners.values()].flat()
      maskText = remembering(createTextMask(secrets))
      maskLine = createHeaderMask(secrets.flatMap(patternsOf))
    },
    maskText: (text) => maskText(text),
    maskLine: (line) => maskLine(line),
    keyFinder: () => createKeyFinder([...owners.values()].flat())
  }
}

/** The same function, but for texts that it had lately it does not search again. */
function remembering (mask: MaskText): MaskText {
  const known = new Map<string, string>()
  return (text) => {
    let shown = known.get(text)
    if (shown === undefined) {
      shown = mask(text)
      if (known.size >= MOST_REMEMBERED) known.clear()
      if (text.length <= LONGEST_REMEMBERED) known.set(text, shown)
    }
    return shown
  }
}

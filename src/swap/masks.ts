// Hides every secret of this process in what it writes. Secrets come while it runs, so these masks learn.

import { createHeaderMask, type MaskHeader } from './mask-header.ts'
import { createTextMask, type MaskText } from './mask-text.ts'
import { patternsOf } from './patterns.ts'
import type { Secret } from '../secrets/secret.ts'

/** A source that gives a new value every hour must not fill the memory; by then the oldest ones open nothing. */
const MOST_SECRETS = 200

export interface Masks {
  /** Must be told of a secret before anything is done with it. */
  readonly learn: (secret: Secret) => void
  /** Strict, for what comes from outside. */
  readonly maskText: MaskText
  /** The last net, for whole log lines. */
  readonly maskLine: MaskHeader
}

export function createMasks (): Masks {
  let secrets: readonly Secret[] = []
  let maskText = createTextMask([])
  let maskLine = createHeaderMask([])
  return {
    learn (secret) {
      if (secrets.some((known) => known.equals(secret))) return
      secrets = [...secrets, secret].slice(-MOST_SECRETS)
      maskText = createTextMask(secrets)
      maskLine = createHeaderMask(secrets.flatMap(patternsOf))
    },
    maskText: (text) => maskText(text),
    maskLine: (line) => maskLine(line)
  }
}

// How the keys of one credential are recognised in answers. An upstream that was given a new key may echo it in
// the answer to a request that carried the old one, or the other way round, so a few versions are known at a time.

import { createHeaderMask, type MaskHeader } from './mask-header.ts'
import { patternsOf, type Pattern } from './patterns.ts'
import type { LiveCredential } from '../secrets/credential.ts'
import type { Secret } from '../secrets/secret.ts'

/** Each costs a few searches of every body; by then the oldest ones open nothing. */
const MOST_VERSIONS = 4

/** Grows while answers are under way, with each new version of the credential. */
export interface KeyMask {
  /** For bodies; another list whenever there is a new version. */
  readonly patterns: readonly Pattern[]
  readonly maskHeader: MaskHeader
}

class Versions implements KeyMask {
  #secrets: readonly Secret[] = []
  #mask = createHeaderMask([])
  patterns: readonly Pattern[] = []
  readonly maskHeader: MaskHeader = (value) => this.#mask(value)

  learn (secret: Secret): void {
    if (this.#secrets.at(-1)?.equals(secret) === true) return
    this.#secrets = [...this.#secrets.filter((known) => !known.equals(secret)), secret].slice(-MOST_VERSIONS)
    this.patterns = this.#secrets.flatMap(patternsOf)
    this.#mask = createHeaderMask(this.patterns)
  }
}

const known = new WeakMap<LiveCredential, Versions>()

/**
 * The mask for answers to requests of a credential. Call it before a key is sent: from then on the mask knows it,
 * in answers that are already under way too.
 */
export function keyMaskOf (credential: LiveCredential, apiKey: Secret): KeyMask {
  const versions = known.get(credential) ?? new Versions()
  known.set(credential, versions)
  versions.learn(apiKey)
  return versions
}

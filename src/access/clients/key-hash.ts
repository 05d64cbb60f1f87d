// The SHA-256 hash of a client key. It opens nothing, but it is nobody's business: it prints as [hash] wherever a value
// can end up by accident, and only the clients file gets to see it.

import { timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const SHOWN = '[hash]'

export class KeyHash {
  readonly #digest: Buffer

  /** @param digest - 32 bytes. */
  constructor (digest: Buffer) {
    this.#digest = digest
  }

  /** Takes the same time whatever the answer is. @param digest - 32 bytes. */
  matches (digest: Buffer): boolean {
    return timingSafeEqual(this.#digest, digest)
  }

  /** For the clients file alone. */
  toHex (): string {
    return this.#digest.toString('hex')
  }

  toString (): string {
    return SHOWN
  }

  toJSON (): string {
    return SHOWN
  }

  [inspect.custom] (): string {
    return SHOWN
  }
}

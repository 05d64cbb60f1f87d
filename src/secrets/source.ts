// What every kind of place for a secret can do. One file per scheme in sources/; the table of them
// is schemes.ts.

import type { SecretReference } from '../config/config.ts'

/** A value that was found. Holds the secret: never print it. */
export interface Found {
  /** As it is stored: untrimmed and possibly empty. */
  readonly text: string
  /** When it stops being valid, in milliseconds since 1970, if the place says so. */
  readonly expiresAt?: number
  /** Where the value was stored for, if the place says so: a region, or the address of another LangSmith. */
  readonly storedFor?: { readonly region: string | undefined, readonly endpoint: string | undefined }
}

/**
 * How a changed value is noticed. `captured` = never: it is what it was at start. `watched` = by its files
 * (see `files`). `asked` = by reading it again: at its expiry, or now and then, and by its files if it has some.
 */
export type Freshness = 'captured' | 'watched' | 'asked'

export interface SecretSource {
  readonly freshness: Freshness
  /**
   * Looks a value up, anew each time.
   *
   * @returns Undefined when nothing is stored there.
   * @throws ProxyError when it could not look: `secret-unreadable`, `secret-exposed`, `secret-unusable`, `not-available`.
   */
  readonly read: (reference: SecretReference) => Promise<Found | undefined>
  /** The place in a person's words, e.g. `environment variable NAME` or `file /path`; fits before "is empty". */
  readonly place: (reference: SecretReference) => string
  /** What a person does to put a value there: an action. Else they are told to put it into the place. */
  readonly fill?: (reference: SecretReference) => string
  /** Follows the place when nothing is there; `is not there` if it is left out. */
  readonly absent?: string
  /** Names of places that hold something and may be the one that was meant; names only, never values. */
  readonly nearNames: (reference: SecretReference) => readonly string[]
  /** Files that change when the value does. */
  readonly files?: (reference: SecretReference) => readonly string[]
}

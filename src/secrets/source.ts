// What every kind of place for a secret can do. One file per scheme in sources/; the table of them
// is schemes.ts.

import type { SecretReference } from '../config/config.ts'

export interface SecretSource {
  /**
   * Looks a value up.
   *
   * @returns The text as it is stored, untrimmed and possibly empty; undefined when nothing is stored there.
   * @throws ProxyError when it could not look: `secret-unreadable`, `secret-exposed`, `secret-unusable`, `not-available`.
   */
  readonly read: (reference: SecretReference) => Promise<string | undefined>
  /** The place in a person's words, e.g. `environment variable NAME` or `file /path`; fits before "is empty". */
  readonly place: (reference: SecretReference) => string
  /** Names of places that hold something and may be the one that was meant; names only, never values. */
  readonly nearNames: (reference: SecretReference) => readonly string[]
}

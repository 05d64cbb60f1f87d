// The embedded store: keys that `init` and `secrets set` put away, in the keychain of the system or in an
// encrypted file. This is its shape; open-store.ts chooses the place.

import type { Secret } from '../secret.ts'

/** What is kept under one name. */
export interface StoredEntry {
  readonly apiKey: Secret
  /** Of keys that cover several workspaces. */
  readonly workspaceId: string | undefined
  /** Where `init` found the key to work: a region's name, else the address of another LangSmith. */
  readonly region: string | undefined
  readonly endpoint: string | undefined
  /** When it was stored, ISO 8601. */
  readonly storedAt: string
}

/** One place for entries. Every method throws ProxyError `secret-unreadable` when the place cannot be opened. */
export interface StorePlace {
  /** In a person's words: `keychain of this system`, `encrypted file /home/…/secrets.age`. */
  readonly name: string
  readonly read: (name: string) => Promise<StoredEntry | undefined>
  readonly write: (name: string, entry: StoredEntry) => Promise<Written>
  /** @returns Whether there was something to remove. */
  readonly remove: (name: string) => Promise<boolean>
  readonly list: () => Promise<readonly NamedEntry[]>
}

export interface Written {
  /** The place itself was made for this entry. */
  readonly isNew: boolean
  /** Lines for the person about what was made or repaired on the way, such as a new identity file. */
  readonly notes: readonly string[]
}

export interface NamedEntry {
  readonly name: string
  readonly entry: StoredEntry
}

/** All places together, as the rest of the program sees them. */
export interface SecretStore {
  /** Looks in the keychain first, then in the file. */
  readonly read: (name: string) => Promise<StoredEntry | undefined>
  /** Writes to the preferred place that works. @returns Its name, and lines for the person when something about it is not as usual. */
  readonly write: (name: string, entry: StoredEntry) => Promise<{ readonly place: string, readonly notes: readonly string[] }>
  /** Removes it everywhere. @returns The places it was in. */
  readonly remove: (name: string) => Promise<readonly string[]>
  readonly list: () => Promise<readonly (NamedEntry & { readonly place: string })[]>
  /** Files that change when an entry may have changed. */
  readonly files: readonly string[]
}

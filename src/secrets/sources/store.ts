// `store:NAME`: a key that `init` or `secrets set` put into the keychain or the encrypted file;
// `store:NAME#workspaceId`: the workspace ID that was stored with it.

import type { SecretSource } from '../source.ts'
import { textOfEntry } from '../store/entry.ts'
import type { SecretStore } from '../store/store.ts'

/** The encrypted file can be watched; a keychain cannot, so a change there is seen when the value is read again. */
export function createStoreSource (store: SecretStore): SecretSource {
  return {
    freshness: 'asked',
    files: () => store.files,
    async read ({ rest, field }) {
      const entry = await store.read(rest)
      const text = entry === undefined ? undefined : textOfEntry(entry, field)
      if (entry === undefined || text === undefined) return undefined
      const { region, endpoint } = entry
      return region === undefined && endpoint === undefined ? { text } : { text, storedFor: { region, endpoint } }
    },
    place: ({ rest }) => `stored secret ${rest}`,
    fill: ({ rest }) => `run langsmith-proxy secrets set ${rest}`,
    nearNames: () => []
  }
}

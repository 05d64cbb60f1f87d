// The kind of a stored key, for lists: told by its prefix, which is public.

import type { KeyKind } from '../credential.ts'
import { inspectKey } from '../key-shape.ts'
import type { StoredEntry } from './store.ts'

export function kindOfEntry ({ apiKey }: Pick<StoredEntry, 'apiKey'>): KeyKind {
  return inspectKey(apiKey.reveal()).kind
}

// What a rotator has found out about its credential. It outlives a reload of the config.

import type { Credential } from '../credential.ts'
import type { CredentialSlot } from '../slot.ts'

/** Times are ticks: milliseconds on a clock that never goes back. */
export interface RotatorState {
  /** The new value that LangSmith refused last. */
  rejected: { readonly credential: Credential, readonly at: number, readonly told: boolean } | undefined
  /** Set while it cannot be read. */
  failure: { readonly text: string, readonly tries: number } | undefined
  /** The value in use was used without LangSmith's word for it. */
  untested: boolean
  /** How often in a row the place gave a value that was over already. */
  overdue: number
  readAt: number
  comparedAt: number
  rereadAfterRefusalAt: number
  told: { readonly expiresAt: number, readonly days: number } | undefined
  /** When it was looked whether there is something to tell of its end; milliseconds since 1970. */
  lookedAt: number
}

/** Of a credential that nothing is known about but whether it could be read at start. */
export function freshState ({ current }: Pick<CredentialSlot, 'current'>, now: number): RotatorState {
  return {
    rejected: undefined,
    failure: current === undefined ? { text: '', tries: 1 } : undefined, // said at start
    untested: false, overdue: 0, readAt: now, comparedAt: -Infinity, rereadAfterRefusalAt: -Infinity, told: undefined, lookedAt: -Infinity
  }
}

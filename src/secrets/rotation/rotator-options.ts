// What a rotator is given: its credential, how to read and try it, whom to tell, and the clocks.

import type { Config } from '../../config/config.ts'
import type { Credential } from '../credential.ts'
import type { RotationEvent } from './events.ts'
import type { Verify } from './judge.ts'
import type { RotatorState } from './rotator-state.ts'
import type { CredentialSlot } from '../slot.ts'

export interface RotatorOptions {
  readonly slot: CredentialSlot
  /** Reads the credential anew. @throws ProxyError */
  readonly read: () => Promise<Credential>
  readonly verify: Verify
  readonly report: (event: RotationEvent) => void
  /** Told what no code expected. */
  readonly onDefect: (error: unknown) => void
  /** Milliseconds since 1970: only ends are compared with it. */
  readonly now: () => number
  /** Milliseconds on a clock that never goes back: for all waiting. */
  readonly ticks: () => number
  /** What the rotator of the same credential knew under the config before. */
  readonly state?: RotatorState | undefined
  readonly settings: Config['rotation']
  /** The value can only be had by asking for it now and then. */
  readonly asked: boolean
  /** The value never changes while the program runs. */
  readonly captured: boolean
}

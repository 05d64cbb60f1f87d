// What every endpoint of one region shares.

import type { Ledger } from './ledger.ts'
import type { Store } from './store.ts'
import type { SandboxRegion, World } from './world.ts'

export interface RegionContext {
  readonly region: SandboxRegion
  readonly world: World
  readonly ledger: Ledger
  readonly store: Store
  readonly now: () => Date
  /** Keys are held to the budgets of LangSmith. */
  readonly budgets: boolean
  /** Aborted when the sandbox closes: whatever waits must not keep the process alive. */
  readonly closing: AbortSignal
}

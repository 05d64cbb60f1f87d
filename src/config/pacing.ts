// What the settings say of pacing (src/pacing/).

import { milliseconds } from './duration.ts'
import type { BudgetName } from './budgets.ts'
import type { Mistakes } from './mistakes.ts'
import { parseRate } from './rate.ts'
import type { Rate } from './rate.ts'
import type { Path } from './schema-node.ts'
import type { GeneralSettings } from './schema.ts'

export interface PacingConfig {
  readonly isOn: boolean
  /** Longest wait for a turn, in milliseconds. */
  readonly maxWait: number
  /** How many requests may wait for one key. */
  readonly maxWaiting: number
  /** Part of each budget that this proxy may spend, above 0 and at most 1. */
  readonly share: number
  /** Where they are not what is published. */
  readonly budgets: Partial<Readonly<Record<BudgetName, Rate>>>
}

/** SDKs give up after this time. Source: docs/langsmith-api.md, section 5.4. */
const LONGEST_WAIT_MS = 10_000

/** The settings of pacing as the rest of the program reads them. */
export function buildPacing ({ mode, maxWait, maxWaiting, share, budgets }: GeneralSettings['pacing'], place: (path: Path) => string, mistakes: Mistakes): PacingConfig {
  const ms = milliseconds(maxWait)
  if (ms > LONGEST_WAIT_MS) mistakes.add(place(['pacing', 'maxWait']), 'must be at most 10s, because SDKs wait no longer for an answer')
  const rates = Object.entries(budgets).map(([name, text]) => [name, parseRate(text)])
  return { isOn: mode === 'on', maxWait: ms, maxWaiting, share: share / 100, budgets: Object.fromEntries(rates) as PacingConfig['budgets'] }
}

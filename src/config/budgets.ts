// How often LangSmith lets one API key call what. Source: docs.langchain.com/langsmith/cloud ("rate limits"), as noted in
// docs/langsmith-api.md, section 5.5. To add a budget, add a line; its setting in `pacing.budgets` is made from it, and pacing/budget-of.ts says what counts
// against it.

import type { Rate } from './rate.ts'
import type { RegionName } from './regions.ts'

export interface Budget {
  /** What it is spent on, for people. */
  readonly about: string
  readonly rate: Rate
  /** Where a region has another one. */
  readonly regions?: Partial<Record<RegionName, Rate>>
}

export const BUDGETS = {
  multipart: { about: 'POST /runs/multipart', rate: per(6000, 10) },
  batch: { about: 'POST /runs/batch', rate: per(2000, 10) },
  otel: { about: 'POST /otel', rate: per(2000, 10) },
  query: { about: 'POST /runs/query', rate: per(15, 10) },
  stats: { about: 'POST /runs/stats', rate: per(20, 10), regions: { us: per(1, 10) } },
  runs: { about: 'writing single runs', rate: per(2000, 10) },
  run: { about: 'GET /runs/{id}', rate: per(30, 60) },
  repos: { about: '/repos', rate: per(100, 60) },
  commits: { about: '/commits', rate: per(10_000, 60), regions: { eu: per(2000, 60) } },
  sessionDeletion: { about: 'DELETE /sessions', rate: per(10, 60) },
  examples: { about: '/examples', rate: per(5000, 60) },
  feedback: { about: '/feedback', rate: per(2000, 10) },
  info: { about: 'GET /info', rate: per(2000, 10) },
  other: { about: 'everything else', rate: per(1000, 10) }
} as const satisfies Record<string, Budget>

export type BudgetName = keyof typeof BUDGETS

export const BUDGET_NAMES = Object.keys(BUDGETS) as readonly BudgetName[]

function per (count: number, seconds: number): Rate {
  return { count, seconds }
}

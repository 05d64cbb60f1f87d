// Which budget a request is counted against.

import { BUDGETS } from '../config/budgets.ts'
import type { Budget, BudgetName } from '../config/budgets.ts'
import type { Rate } from '../config/rate.ts'
import type { RegionName } from '../config/regions.ts'
import { bareSegments } from '../routes/bare-path.ts'

/** Budgets of their own below /runs; the rest is reading or writing runs. */
const OF_RUNS: Readonly<Record<string, BudgetName>> = { multipart: 'multipart', batch: 'batch', query: 'query', stats: 'stats' }
const OF_FIRST: Readonly<Record<string, BudgetName>> = { otel: 'otel', repos: 'repos', commits: 'commits', examples: 'examples', feedback: 'feedback', info: 'info' }

/**
 * What a request is counted against. An unusual spelling counts as `other`: this is no permission.
 *
 * @param path - As it is forwarded, without query and without the base path of the upstream.
 */
export function budgetOf (method: string, path: string): BudgetName {
  const [first = '', second = '', third] = bareSegments(path)
  if (first === 'runs') return budgetOfRuns(method, second, third)
  if (first === 'sessions' && method === 'DELETE') return 'sessionDeletion'
  return Object.hasOwn(OF_FIRST, first) ? OF_FIRST[first] ?? 'other' : 'other'
}

function budgetOfRuns (method: string, second: string, third: string | undefined): BudgetName {
  if (method === 'POST' && Object.hasOwn(OF_RUNS, second)) return OF_RUNS[second] ?? 'other'
  if (third !== undefined && third !== '') return 'other'
  if (method === 'GET') return second === '' ? 'other' : 'run'
  return method === 'POST' || method === 'PATCH' ? 'runs' : 'other'
}

/**
 * The published budget.
 *
 * @param region - Undefined for a self-hosted LangSmith, for which nothing is published.
 */
export function publishedRate (name: BudgetName, region: RegionName | undefined): Rate | undefined {
  const { rate, regions }: Budget = BUDGETS[name]
  return region === undefined ? undefined : regions?.[region] ?? rate
}

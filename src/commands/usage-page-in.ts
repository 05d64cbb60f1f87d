// Reads the page /-/usage. Another program may answer in the proxy's place: whatever is not as we write it is nothing.

import type { UsagePage } from '../admin/usage-page.ts'

type Kind = 'string' | 'number'

const ROW: Readonly<Record<string, Kind>> = { route: 'string', path: 'string', requests: 'number', bytes_in: 'number', bytes_out: 'number', refused: 'number', too_many: 'number', held: 'number' }
const BUDGET: Readonly<Record<string, Kind>> = { credential: 'string', upstream: 'string', path: 'string', used: 'number', waiting: 'number', blocked_s: 'number' }
const SPENDER: Readonly<Record<string, Kind>> = { client: 'string', used: 'number' }

/** @returns Undefined for what is no such page. */
export function usagePageIn (text: string): UsagePage | undefined {
  try {
    const page: unknown = JSON.parse(text)
    return isPage(page) ? page : undefined
  } catch {
    return undefined
  }
}

function isPage (page: unknown): page is UsagePage {
  return has(page, { since: 'string' })
    && isListOf(page.usage, (row) => has(row, ROW) && (row.client === null || typeof row.client === 'string'))
    && isListOf(page.budgets, (row) => has(row, BUDGET) && isCountOrNull(row.limit) && isCountOrNull(row.seconds) && isListOf(row.clients, (spender) => has(spender, SPENDER)))
}

function has (value: unknown, fields: Readonly<Record<string, Kind>>): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.entries(fields).every(([name, kind]) => typeof (value as Readonly<Record<string, unknown>>)[name] === kind)
}

function isListOf (value: unknown, isRow: (row: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isRow)
}

function isCountOrNull (value: unknown): boolean {
  return value === null || typeof value === 'number'
}

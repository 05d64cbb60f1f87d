// Pages of a list, by offset; a cursor is the offset of the next page as text.

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/**
 * Cuts a page out of a list.
 *
 * @param all - The whole list.
 * @param page - Limit and offset as the caller sent them: text, number or nothing; nonsense counts as nothing.
 * @returns The page, and the cursor of the next one or null.
 */
export function pageOf<T> (all: readonly T[], page: { limit?: unknown, offset?: unknown }): { items: T[], next: string | null } {
  const offset = wholeNumber(page.offset) ?? 0
  const limit = Math.min(wholeNumber(page.limit) ?? DEFAULT_LIMIT, MAX_LIMIT)
  const end = offset + limit
  return { items: all.slice(offset, end), next: end < all.length && limit > 0 ? String(end) : null }
}

function wholeNumber (value: unknown): number | undefined {
  return (typeof value === 'string' || typeof value === 'number') && /^\d{1,9}$/.test(String(value)) ? Number(value) : undefined
}

// Times as people write them.

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/**
 * Reads a time such as `10s`.
 *
 * @param text - Digits and ms, s, m or h, as the schema has checked.
 * @returns Milliseconds.
 */
export function milliseconds (text: string): number {
  const unit = text.replace(/^\d+/, '') as keyof typeof MS
  return Number.parseInt(text, 10) * MS[unit]
}

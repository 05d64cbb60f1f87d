// How long ago something was, as people say it.

const UNITS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]] as const

/**
 * @param age - In milliseconds.
 * @returns `3 days`, `1 hour`, `0 minutes`: whole units, rounded down; `unknown` for a time that cannot be, such as one that lies ahead.
 */
export function ageInWords (age: number): string {
  if (!(age >= 0)) return 'unknown'
  const [name, length] = UNITS.find(([, unit]) => age >= unit) ?? UNITS[2]
  const count = Math.floor(age / length)
  return `${String(count)} ${name}${count === 1 ? '' : 's'}`
}

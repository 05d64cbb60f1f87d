// How long a client key is valid, as people say it on the command line.

import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { ProxyError } from '../errors.ts'

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * A flag such as `--expires 90d`.
 *
 * @returns Milliseconds; undefined without the flag.
 * @throws ProxyError `usage-invalid`.
 */
export function lifetimeFlag (flags: CommandContext['flags'], name: string, { zero = false } = {}): number | undefined {
  const text = textFlag(flags, name)
  if (text === undefined) return undefined
  const [, number, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? []
  const lifetime = number === undefined ? Number.NaN : Number(number) * UNITS[unit as keyof typeof UNITS]
  if (lifetime > 0 || (zero && lifetime === 0)) return lifetime
  throw new ProxyError('usage-invalid', `--${name} takes a time such as 24h or 90d${zero ? '' : ', more than 0'}`)
}

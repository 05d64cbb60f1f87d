// The flag --max of commands that wait.

import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { ProxyError } from '../errors.ts'

export const USUAL_PATIENCE = '30s'

const UNITS = { ms: 1, s: 1000, m: 60_000 } as const

/** @returns Milliseconds. @throws ProxyError `usage-invalid`. */
export function patienceOf (flags: CommandContext['flags']): number {
  const [, number, unit] = /^(\d{1,6})(ms|s|m)$/.exec(textFlag(flags, 'max') ?? USUAL_PATIENCE) ?? []
  if (number === undefined) throw new ProxyError('usage-invalid', '--max takes a duration such as 500ms, 30s or 2m')
  return Number(number) * UNITS[unit as keyof typeof UNITS]
}

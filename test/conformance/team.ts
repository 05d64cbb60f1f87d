// Who may call the proxy in the cases about client keys and roles. The keys are made up and always the same: nothing
// but these cases ever takes them.

import { crc32 } from 'node:zlib'
import { clientsText } from '../../src/access/clients/clients-text.ts'
import { clientOf } from '../access/clients/support.ts'
import type { MadeClient } from '../access/clients/support.ts'
import { CANARY } from './case.ts'

const PAST = Date.UTC(2026, 0, 31)
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const TEAM = {
  ana: {}, eva: { routes: ['/eu'] }, nodel: { role: 'no-delete' }, viewer: { role: 'read-only' }, collector: { role: 'ingest-only' }, root: { role: 'admin' },
  expired: { expires: PAST }, rotated: { until: PAST }
} satisfies Readonly<Record<string, MadeClient>>

/** A key in the right form: `lsp_`, name, 43 characters, and their CRC-32 in base 62. The 43 are canaries, which may be seen nowhere else. */
export function keyOf (name: string, secret = CANARY.repeat(8).slice(0, 43)): string {
  const whole = `lsp_${name}_${secret}`
  let checksum = ''
  for (let rest = crc32(whole); checksum.length < 6; rest = Math.floor(rest / 62)) checksum = (DIGITS[rest % 62] ?? '') + checksum
  return whole + checksum
}

/** The clients file. */
export function clientsFile (): string {
  return clientsText(new Map(Object.entries<MadeClient>(TEAM).map(([name, made]) => [name, clientOf(name, keyOf(name), made)])))
}

/** The header of a client. */
export function as (name: keyof typeof TEAM): string {
  return `X-API-Key: ${keyOf(name)}`
}

// The key of a route: whether it can be read, and what its text tells.

import { fail, ok, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Notice } from '../../../config/config.ts'
import type { LiveCredential } from '../../../secrets/credential.ts'

const KINDS = {
  personal: 'a personal key (lsv2_pt_)',
  service: 'a service key (lsv2_sk_)',
  legacy: 'a legacy key (ls__)',
  other: 'a key of no known kind'
} as const

/** @param notices - What reading the secrets said about this credential. */
export function judgeSecret ({ current, secretRef }: LiveCredential, notices: readonly Notice[]): readonly Finding[] {
  const said = notices.map(({ code, message, hint }) => isFailure(code) ? fail('secret', withoutServing(message), hint) : warn('secret', message, hint))
  if (current !== undefined) return [ok('secret', `read from ${secretRef}: ${KINDS[current.shape.kind]}`), ...said]
  return said.some(({ state }) => state === 'fail') ? said : [fail('secret', `${secretRef} could not be read`, 'run langsmith-proxy check'), ...said]
}

/** Codes of errors.ts by which reading a secret fails; the others are about how it looks. */
function isFailure (code: string): boolean {
  return code.startsWith('secret-') || code === 'not-available'
}

/** The doctor serves nothing, so what the routes of a running proxy answer is beside the point. */
function withoutServing (message: string): string {
  return message.replace(/; its routes answer 503 until it can be read$/, '')
}

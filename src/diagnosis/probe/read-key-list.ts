// Finds the end of our own key in LangSmith's list of keys. Pure. The form of the list is UNCONFIRMED (docs/langsmith-api.md, section 6,
// step 8), so whatever is not as expected means that the end is not known, and nothing else. Nothing of the list leaves but a time.

import { saidBy, successOf } from './read-answers.ts'
import { fieldOf } from './read-json.ts'
import type { Json } from './read-json.ts'
import { isoTime } from '../../secrets/iso-time.ts'
import type { Asked } from '../../upstream/ask.ts'

export type ToldExpiry
  /** Undefined for a key without end. */
  = | { readonly said: 'told', readonly expiresAt: number | undefined }
    /** `refused` = the key may not list keys; `unreached` = no whole answer came. */
    | { readonly said: 'refused' | 'untold' | 'unreached' }

/** Before LangSmith was there; programs write a zero for a time that is not set. */
const EARLIEST = Date.UTC(2023, 0)
const UNTOLD: ToldExpiry = { said: 'untold' }

/** @param isOwn - Tells our key by its shortened form. */
export function readKeyList (asked: Asked, isOwn: (shortKey: string) => boolean): ToldExpiry {
  if (!asked.answered) return { said: 'unreached' }
  const list = successOf(asked)
  const rows: readonly Json[] | undefined = Array.isArray(list) ? list : undefined
  if (rows === undefined) return saidBy(asked, false) === 'refused' ? { said: 'refused' } : UNTOLD
  const [own, ...others] = rows.filter((row) => {
    const shortKey = fieldOf(row, 'short_key')
    return typeof shortKey === 'string' && isOwn(shortKey)
  })
  if (others.length > 0) return UNTOLD // which of them it is cannot be told
  const end = fieldOf(own, 'expires_at')
  if (end === null) return { said: 'told', expiresAt: undefined }
  const expiresAt = typeof end === 'string' ? timeOf(end) : undefined
  return expiresAt === undefined || expiresAt < EARLIEST ? UNTOLD : { said: 'told', expiresAt }
}

/** LangSmith gives some times without their zone, such as those of runs; they are in UTC. */
function timeOf (text: string): number | undefined {
  return isoTime(text) ?? isoTime(`${text}Z`)
}

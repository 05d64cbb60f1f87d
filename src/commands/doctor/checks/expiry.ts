// When the key ends, as far as its place says. LangSmith tells the dates of keys to admins only, and by a part of the
// key, which nothing here looks at.

import { fail, ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Credential } from '../../../secrets/credential.ts'
import { whereToKeep } from '../../../diagnosis/words.ts'
import { daysLeft, noticeDue } from '../../../secrets/rotation/expiry.ts'

/**
 * @param now - Milliseconds since 1970.
 * @param accepted - LangSmith has just taken it: then the date is not that of the key.
 */
export function judgeExpiry ({ expiresAt, since, secretRef }: Pick<Credential, 'expiresAt' | 'since' | 'secretRef'>, now: number, accepted: boolean): Finding {
  if (expiresAt === undefined) return skip('expiry', `${secretRef} does not say when the key ends; LangSmith → Settings → API Keys does`)
  const on = new Date(expiresAt).toISOString().slice(0, 10)
  const renew = `create a new key and ${whereToKeep(secretRef)}; LangSmith cannot extend one`
  const left = daysLeft(now, expiresAt)
  const notice = noticeDue(now, since, expiresAt, undefined)
  if (notice === 0 && accepted) return warn('expiry', `the key ended on ${on}, says ${secretRef}, but LangSmith accepts it`, 'correct the date there')
  if (notice === 0) return fail('expiry', `the key ended on ${on}`, renew)
  const says = `the key ends on ${on}, in ${left} ${left === 1 ? 'day' : 'days'}`
  return notice === undefined ? ok('expiry', says) : warn('expiry', says, renew)
}

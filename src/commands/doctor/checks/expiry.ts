// When the key ends: its place says so, or LangSmith does in its list of keys, which is for keys that may list them.

import { fail, ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { expiryOf } from '../../../secrets/credential.ts'
import type { Credential } from '../../../secrets/credential.ts'
import type { ToldExpiry } from '../../../diagnosis/probe/read-key-list.ts'
import { whereToKeep } from '../../../diagnosis/words.ts'
import { daysLeft, noticeDue } from '../../../secrets/rotation/expiry.ts'

const LOOK = 'LangSmith → Settings → API Keys shows it'

/**
 * @param now - Milliseconds since 1970.
 * @param accepted - LangSmith has just taken it: then the date is not that of the key.
 * @param told - What LangSmith says; undefined where it was not asked.
 */
export function judgeExpiry (credential: Pick<Credential, 'expiresAt' | 'since' | 'secretRef'>, now: number, accepted: boolean, told?: ToldExpiry): Finding {
  const { expiresAt, since, secretRef } = credential
  const expiry = expiryOf({ expiresAt, upstreamExpiresAt: told?.said === 'told' ? told.expiresAt : undefined })
  if (expiry === undefined) return unknownEnd(secretRef, told)
  const { at, saidBy } = expiry
  const isOfPlace = saidBy === 'place'
  const on = new Date(at).toISOString().slice(0, 10)
  const renew = `create a new key and ${whereToKeep(secretRef)}; LangSmith cannot extend one`
  const left = daysLeft(now, at)
  const notice = noticeDue(now, isOfPlace ? since : -Infinity, at, undefined)
  if (notice === 0 && accepted && isOfPlace) return warn('expiry', `the key ended on ${on}, says ${secretRef}, but LangSmith accepts it`, 'correct the date there')
  if (notice === 0 && accepted) return warn('expiry', `LangSmith says that the key ended on ${on}, but still accepts it`, renew)
  if (notice === 0) return fail('expiry', `the key ended on ${on}`, renew)
  const says = `${isOfPlace ? '' : 'LangSmith says that '}the key ends on ${on}, in ${left} ${left === 1 ? 'day' : 'days'}`
  return notice === undefined ? ok('expiry', says) : warn('expiry', says, renew)
}

function unknownEnd (secretRef: string, told: ToldExpiry | undefined): Finding {
  switch (told?.said) {
    case 'told': return ok('expiry', 'LangSmith says that the key has no end')
    case 'refused': return skip('expiry', `not known: this key may not list keys; ${LOOK}`)
    case 'untold': case 'unreached': return skip('expiry', `not known: LangSmith did not say when the key ends; ${LOOK}`)
    case undefined: return skip('expiry', `${secretRef} does not say when the key ends; ${LOOK}`)
  }
}

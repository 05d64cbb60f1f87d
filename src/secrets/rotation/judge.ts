// Whether a new value is to be used, by what LangSmith says of it.

import type { Credential } from '../credential.ts'

/** What LangSmith says of a credential. `how` tells refusals apart; it is compared and never shown. */
export type Verdict
  = | { readonly says: 'accepted' }
    | { readonly says: 'refused', readonly status: number, readonly how: string }
    /** Nobody can tell: not reached, or an answer that is not about the key. */
    | { readonly says: 'untold', readonly reason: string }

/** Tries a credential with one read-only call; takes two seconds at most and never rejects. */
export type Verify = (credential: Credential) => Promise<Verdict>

export type Judgement
  = | { readonly use: true, readonly test: 'accepted' | 'untold' | 'skipped', readonly reason?: string }
    /** The status of the refusal; undefined when a value that was refused before could not be tried. */
    | { readonly use: false, readonly status: number | undefined }

export interface Candidate {
  readonly candidate: Credential
  readonly current: Credential
  /** LangSmith refused this candidate before. */
  readonly wasRefused: boolean
  /** The setting rotation.test. */
  readonly test: boolean
  readonly verify: Verify
}

/**
 * A refused value is not used, one that could not be tried is: the old one may be about to end. A value that
 * was refused before needs better news than none, and is tried even where new values are not.
 */
export async function judge ({ candidate, current, wasRefused, test, verify }: Candidate): Promise<Judgement> {
  if (!test && !wasRefused) return { use: true, test: 'skipped' }
  const verdict = await verify(candidate)
  switch (verdict.says) {
    case 'accepted': return { use: true, test: 'accepted' }
    case 'untold': return wasRefused ? { use: false, status: undefined } : { use: true, test: 'untold', reason: verdict.reason }
    case 'refused': {
      const ofCurrent = await verify(current)
      if (ofCurrent.says !== 'refused') return { use: false, status: verdict.status }
      // The one in use is not even known any more (401): nothing can be lost.
      if (ofCurrent.status === 401) return { use: true, test: 'untold', reason: 'the key in use is refused as well' }
      // Then the call does not tell them apart: neither key may list projects, or neither is any good.
      return ofCurrent.how === verdict.how ? { use: true, test: 'untold', reason: 'the key in use is refused in the same way' } : { use: false, status: verdict.status }
    }
  }
}

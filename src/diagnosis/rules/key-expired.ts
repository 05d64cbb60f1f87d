// It is known when the key ends, and that is over. LangSmith's answer to an expired key is not recorded (docs/langsmith-api.md,
// row 10), so the date comes from the place of the key (a Vault lease, say) or from LangSmith's list of keys, read while it worked.

import { NEW_KEY } from '../../secrets/key-advice.ts'
import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { theKey, whereToKeep } from '../words.ts'
import { LIKELY } from '../weights.ts'

export const keyExpired: Rule = {
  code: 'key-expired',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [10],
  seen: '401 or 403 without a reason, after the date at which the key ends according to the place where it is kept, or to the list of keys that LangSmith gave before.',
  means: 'The key has expired. The life of a key cannot be extended.',
  remedy: 'Create a new key and put it in the place of the old one; the proxy takes it up without a restart.',
  sureness: 'Likely, more so once read-only calls are refused too. Never certain: the refusal itself does not say it. Where no date is known, see `key-revoked`.',
  sources: [docsPage('administration-overview'), docsPage('create-account-api-key')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { statement, key: { expiresIn, expirySaidBy }, route, history } = evidence
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  if (expiresIn === undefined || expiresIn >= 0) return undefined
  // Accepted after it ended: then the date is wrong, or not that of the key.
  const lived = [history.readWorked, history.writeWorked].some((ago) => ago !== undefined && ago < -expiresIn)
  const standing = standingOf(evidence)
  if (lived || standing === 'accepted' || standing === 'known') return undefined
  return {
    weight: standing === 'refused' ? LIKELY + 28 : LIKELY + 25,
    summary: `Probably ${theKey(evidence)} has expired: ${expirySaidBy === 'langsmith' ? 'LangSmith told this end before' : 'the place where it is kept says so'}.`,
    fix: `${NEW_KEY}, and ${whereToKeep(route.secretRef)}${expirySaidBy === 'langsmith' ? '' : ' with its new date'}; the life of a key cannot be extended`,
    probed: standing === 'refused'
  }
}

// An organisation can let in certain addresses only. The switch is in LangSmith's OpenAPI; what it answers then is not
// recorded, so this comes last unless the organisation's own entry shows that it is on.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { OPENAPI } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { atWeight, theKey } from '../words.ts'
import { LIKELY, POSSIBLE } from '../weights.ts'

export const ipAllowlist: Rule = {
  code: 'ip-allowlist',
  answers: 'refusals',
  basis: 'inferred',
  rows: [22],
  seen: '403 without a reason from some networks only: at home but not in the office, in a container but not on the laptop.',
  means: 'The organization lets in certain IP addresses, and the address of this machine, or of the proxy it goes out by, is not among them.',
  remedy: 'Ask an admin of the organization to add the public address of this machine.',
  sureness: 'Possible; likely where LangSmith reports that an allowlist is on. LangSmith\'s words for this case are not known.',
  sources: [OPENAPI],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const standing = standingOf(evidence)
  const on = evidence.findings?.organization.seen?.ipAllowlist
  if (!saidNoReason(evidence) || standing === 'accepted' || standing === 'known' || on === false) return undefined
  const weight = on === true ? LIKELY : POSSIBLE
  return {
    weight,
    summary: `${atWeight(weight, `the organization of ${theKey(evidence)} lets in only certain IP addresses, and not that of this machine`)}.`,
    fix: 'ask an admin of the organization whether an IP allowlist is on, and have the public address of this machine added',
    probed: on === true
  }
}

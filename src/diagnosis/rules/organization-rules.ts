// Switches of an organisation that refuse keys which are otherwise fine: disabled, member disabled, SSO only, personal keys
// off. They are in LangSmith's OpenAPI; what it answers then is not recorded, so this comes last unless LangSmith says they are on.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import type { SeenOrganization } from '../findings.ts'
import { OPENAPI } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey } from '../words.ts'
import { CERTAIN, LIKELY, POSSIBLE } from '../weights.ts'

const FIX = 'ask an admin of the organization; for machines, a service key does not depend on a person\'s login'

export const organizationRules: Rule = {
  code: 'organization-rules',
  answers: 'refusals',
  basis: 'inferred',
  rows: [23],
  seen: '401 or 403 without a reason for personal keys, often after the organization has changed its login rules.',
  means: 'The organization is switched off, has switched this member off, or allows no personal keys (single sign-on only).',
  remedy: 'Ask an admin of the organization; for machines use a service key, which does not depend on a person.',
  sureness: 'Possible; certain or likely where LangSmith reports such a switch when it is asked. LangSmith\'s words for this case are not known.',
  sources: [OPENAPI],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (!saidNoReason(evidence) || standingOf(evidence) === 'accepted') return undefined
  const personal = evidence.route.keyShape.kind === 'personal'
  const seen = evidence.findings?.organization.seen
  const shown = seen === undefined ? undefined : shownBy(seen, personal, theKey(evidence))
  if (shown !== undefined) return { ...shown, fix: FIX, probed: true }
  if (!personal || standingOf(evidence) === 'known') return undefined
  return { weight: POSSIBLE, summary: `Possibly the organization of ${theKey(evidence)} allows no personal keys, or only logins by SSO.`, fix: FIX }
}

function shownBy ({ disabled, memberDisabled, ssoOnly }: SeenOrganization, personal: boolean, key: string): Pick<Suspicion, 'weight' | 'summary'> | undefined {
  if (disabled === true) return { weight: CERTAIN, summary: `The organization of ${key} is switched off.` }
  if (memberDisabled === true) return { weight: CERTAIN, summary: `The organization of ${key} has switched off the member that the key belongs to.` }
  if (ssoOnly === true && personal) return { weight: LIKELY, summary: `Probably the organization of ${key}, a personal one, allows only logins by SSO.` }
  return undefined
}

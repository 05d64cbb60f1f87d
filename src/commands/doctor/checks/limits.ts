// Plan of the organisation, limits that are reached, and switches of the organisation that refuse keys.

import { ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Findings } from '../../../diagnosis/findings.ts'
import { BILLING } from '../../../diagnosis/words.ts'
import type { Credential } from '../../../secrets/credential.ts'

export function judgeLimits ({ organization: { seen }, usage }: Findings, { shape }: Pick<Credential, 'shape'>): readonly Finding[] {
  const plan = seen?.tier === undefined ? undefined : `plan: ${seen.tier}`
  const switches = [
    ...seen?.tier === 'no_plan' ? [warn('limits', 'the organization has no plan', `choose one at ${BILLING}`)] : [],
    ...seen?.disabled === true ? [warn('limits', 'the organization is disabled', 'ask an admin of the organization, or the support of LangSmith')] : [],
    ...seen?.memberDisabled === true ? [warn('limits', 'the owner of the key is disabled in the organization', 'ask an admin of the organization, or use a service key')] : [],
    ...seen?.ssoOnly === true && shape.kind === 'personal' ? [warn('limits', 'the organization allows sign-in by SSO only, which may end personal keys', 'use a service key for machines')] : []
  ]
  if (usage.rejecting) {
    const kind = usage.kind === undefined ? '' : ` (${usage.kind})`
    return [...switches, warn('limits', `${plan === undefined ? '' : `${plan}; `}a usage limit is reached${kind}, so LangSmith rejects new traces; reads go on`, `raise the limit at ${BILLING}, or send fewer traces`)]
  }
  const parts = [plan, usage.said === 'accepted' ? 'no usage limit is reached' : undefined, seen?.ipAllowlist === true ? 'only addresses of its allowlist may call' : undefined].filter((part) => part !== undefined)
  return [...switches, parts.length === 0 ? skip('limits', 'LangSmith did not tell plan and limits') : ok('limits', parts.join('; '))]
}

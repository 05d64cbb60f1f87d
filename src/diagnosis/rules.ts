// The rules, in the order in which causes of equal confidence are told. First what LangSmith itself
// said, then what the settings show, then what may be behind a bare Forbidden, most frequent first; last the answers
// that are no refusals. To add one: a file in rules/, a line here, and a recorded case in its test.

import type { Rule } from './diagnosis.ts'
import { acceptedNow } from './rules/accepted-now.ts'
import { alreadyExists } from './rules/already-exists.ts'
import { bodyTooLargeUpstream } from './rules/body-too-large-upstream.ts'
import { deploymentAccess } from './rules/deployment-access.ts'
import { deploymentAuth } from './rules/deployment-auth.ts'
import { egressRefused } from './rules/egress-refused.ts'
import { endpointNeedsLogin } from './rules/endpoint-needs-login.ts'
import { endpointNotApi } from './rules/endpoint-not-api.ts'
import { idNotKnown } from './rules/id-not-known.ts'
import { intermediary } from './rules/intermediary.ts'
import { ipAllowlist } from './rules/ip-allowlist.ts'
import { keyExpired } from './rules/key-expired.ts'
import { keyLegacy } from './rules/key-legacy.ts'
import { keyMalformed } from './rules/key-malformed.ts'
import { keyNotSeen } from './rules/key-not-seen.ts'
import { keyOtherRegion } from './rules/key-other-region.ts'
import { keyRevoked } from './rules/key-revoked.ts'
import { langsmithIncident } from './rules/langsmith-incident.ts'
import { noPlan } from './rules/no-plan.ts'
import { organizationRules } from './rules/organization-rules.ts'
import { otlpPath } from './rules/otlp-path.ts'
import { payloadRefused } from './rules/payload-refused.ts'
import { permissionMissing } from './rules/permission-missing.ts'
import { projectCreation } from './rules/project-creation.ts'
import { promptOwnerMissing } from './rules/prompt-owner-missing.ts'
import { promptOwnerUnknown } from './rules/prompt-owner-unknown.ts'
import { rateLimit } from './rules/rate-limit.ts'
import { usageLimit } from './rules/usage-limit.ts'
import { workspaceMismatch } from './rules/workspace-mismatch.ts'
import { workspaceNotUuid } from './rules/workspace-not-uuid.ts'
import { workspaceRequired } from './rules/workspace-required.ts'

export const RULES: readonly Rule[] = [
  intermediary,
  noPlan,
  usageLimit,
  keyLegacy,
  keyMalformed,
  workspaceNotUuid,
  workspaceRequired,
  endpointNeedsLogin,
  endpointNotApi,
  keyNotSeen,
  deploymentAuth,
  deploymentAccess,
  keyExpired,
  langsmithIncident,
  keyOtherRegion,
  keyRevoked,
  workspaceMismatch,
  permissionMissing,
  projectCreation,
  organizationRules,
  ipAllowlist,
  acceptedNow,
  rateLimit,
  egressRefused,
  otlpPath,
  promptOwnerMissing,
  promptOwnerUnknown,
  bodyTooLargeUpstream,
  payloadRefused,
  alreadyExists,
  idNotKnown
]

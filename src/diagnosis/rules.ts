// The rules, in the order in which causes of equal confidence are told. First what LangSmith itself
// said, then what the settings show, then what may be behind a bare Forbidden, most frequent first.
// To add one: a file in rules/, a line here, and a recorded case in its test.

import type { Rule } from './diagnosis.ts'
import { deploymentAccess } from './rules/deployment-access.ts'
import { endpointNeedsLogin } from './rules/endpoint-needs-login.ts'
import { intermediary } from './rules/intermediary.ts'
import { keyLegacy } from './rules/key-legacy.ts'
import { keyMalformed } from './rules/key-malformed.ts'
import { keyNotSeen } from './rules/key-not-seen.ts'
import { keyOtherRegion } from './rules/key-other-region.ts'
import { keyRevoked } from './rules/key-revoked.ts'
import { noPlan } from './rules/no-plan.ts'
import { organizationRules } from './rules/organization-rules.ts'
import { permissionMissing } from './rules/permission-missing.ts'
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
  keyNotSeen,
  deploymentAccess,
  keyOtherRegion,
  keyRevoked,
  workspaceMismatch,
  permissionMissing,
  organizationRules
]

// From the answers to the calls of calls.ts to findings. Pure; an answer may be cut, broken or made to harm. Only JSON
// of the right form counts: a login page with status 200 accepts no key. Source of the forms: docs/langsmith-api.md, section 6.

import { booleanOf, fieldOf, parseJson } from './read-json.ts'
import type { Json } from './read-json.ts'
import type { Findings, Said, SeenOrganization, SeenWorkspace } from '../findings.ts'
import { isUuid } from '../../secrets/id.ts'
import type { MaskText } from '../../swap/mask-text.ts'
import type { Asked } from '../../upstream/ask.ts'

const MOST_WORKSPACES = 200
const MOST_PERMISSIONS = 300
/** Of a name that people gave, in characters. */
const LONGEST_NAME = 100
/** Such as `runs:create` and `organization:pats:create`. */
const PERMISSION = /^[a-z][a-z_-]{0,39}(?::[a-z][a-z_-]{0,39}){1,3}$/
/** Names that LangSmith gives to plans and limits. */
const WORD = /^[a-z][a-z0-9_]{0,59}$/
/** Statuses by which a host says that this is no path of it: another address would have to be called. */
const NO_SUCH_CALL: ReadonlySet<number> = new Set([404, 405])

/** Whether GET /api/v1/info shows a LangSmith API; undefined where it could not be asked, or where something in between answered. */
export function readInfo (asked: Asked): boolean | undefined {
  if (!asked.answered) return undefined
  if (isSuccess(asked.status)) return typeof fieldOf(parseJson(asked.body), 'version') === 'string'
  return NO_SUCH_CALL.has(asked.status) ? false : undefined
}

/** GET /api/v1/sessions: a list. */
export function readSessions (asked: Asked): Said {
  return saidBy(asked, Array.isArray(successOf(asked)))
}

/** The same at another region: a key that is refused there for want of a workspace or a plan is known there, so this counts as accepted. */
export function readRegion (asked: Asked): Said {
  const said = readSessions(asked)
  return said === 'refused' && asked.answered && KNOWS_THE_KEY.test(asked.body.toString('latin1')) ? 'accepted' : said
}

/** Of the bodies B8, B9 and B10 in docs/langsmith-api.md, section 4.2. */
const KNOWS_THE_KEY = /org_scoped_key_requires_workspace|API key is org-scoped|no plan found/

/**
 * GET /api/v1/workspaces: a list of objects with an ID.
 *
 * @param configured - Kept if it is there, however long the list is.
 * @param mask - Knows the key that was sent: a text that holds a part of it is not taken.
 */
export function readWorkspaces (asked: Asked, configured: string | undefined, mask: MaskText): Findings['workspaces'] {
  const value = successOf(asked)
  const rows: readonly Json[] | undefined = Array.isArray(value) ? value : undefined
  const seen = (rows ?? []).map((row) => workspaceOf(row, mask)).filter((workspace) => workspace !== undefined)
  const own = configured?.toLowerCase()
  const sorted = [...seen.filter(({ id }) => id === own), ...seen.filter(({ id }) => id !== own)]
  return { said: saidBy(asked, rows?.length === 0 || seen.length > 0), seen: sorted.slice(0, MOST_WORKSPACES) }
}

/** GET /api/v1/orgs/current/info: an object with at least one of the fields. */
export function readOrganization (asked: Asked, mask: MaskText): Findings['organization'] {
  const value = successOf(asked)
  const seen: SeenOrganization = {
    tier: wordOf(fieldOf(value, 'tier'), mask),
    disabled: booleanOf(fieldOf(value, 'disabled')),
    memberDisabled: booleanOf(fieldOf(value, 'member_disabled')),
    ssoOnly: booleanOf(fieldOf(value, 'sso_only')),
    ipAllowlist: booleanOf(fieldOf(value, 'ip_allowlist_enabled'))
  }
  const said = saidBy(asked, Object.values(seen).some((part) => part !== undefined))
  return { said, seen: said === 'accepted' ? seen : undefined }
}

/** GET /api/v1/workspaces/current/usage_limits. */
export function readUsage (asked: Asked, mask: MaskText): Findings['usage'] {
  const value = successOf(asked)
  const inRejectSet = booleanOf(fieldOf(value, 'in_reject_set'))
  const rejecting = inRejectSet === true
  return { said: saidBy(asked, inRejectSet !== undefined), rejecting, kind: rejecting ? wordOf(fieldOf(value, 'usage_limit_type'), mask) : undefined }
}

/** @param isRight - A success has the form that is due. */
export function saidBy (asked: Asked, isRight: boolean): Said {
  if (!asked.answered) return 'untold'
  if (isSuccess(asked.status)) return isRight ? 'accepted' : 'untold'
  return (asked.status === 401 || asked.status === 403) && isRefusal(parseJson(asked.body)) ? 'refused' : 'untold'
}

/** In one of LangSmith's dialects (section 4.1). */
function isRefusal (value: Json): boolean {
  return ['detail', 'error', 'title'].some((name) => fieldOf(value, name) !== undefined)
}

/** The JSON of a success; undefined for everything else. */
export function successOf (asked: Asked): Json {
  return asked.answered && isSuccess(asked.status) ? parseJson(asked.body) : undefined
}

function isSuccess (status: number): boolean {
  return status >= 200 && status < 300
}

function workspaceOf (row: Json, mask: MaskText): SeenWorkspace | undefined {
  const id = uuidOf(fieldOf(row, 'id'), mask)
  if (id === undefined) return undefined
  const name = fieldOf(row, 'display_name')
  const permissions = fieldOf(row, 'permissions')
  return {
    id,
    organizationId: uuidOf(fieldOf(row, 'organization_id'), mask),
    displayName: typeof name === 'string' ? unmasked(name.slice(0, LONGEST_NAME), mask) : undefined,
    permissions: Array.isArray(permissions) ? permissionsOf(permissions, mask) : undefined,
    deleted: fieldOf(row, 'is_deleted') === true
  }
}

function permissionsOf (values: readonly Json[], mask: MaskText): readonly string[] {
  return values.slice(0, MOST_PERMISSIONS).filter((value): value is string => typeof value === 'string' && PERMISSION.test(value)).filter((text) => unmasked(text, mask) !== undefined)
}

function uuidOf (value: Json, mask: MaskText): string | undefined {
  return typeof value === 'string' && isUuid(value) ? unmasked(value.toLowerCase(), mask) : undefined
}

function wordOf (value: Json, mask: MaskText): string | undefined {
  return typeof value === 'string' && WORD.test(value) ? unmasked(value, mask) : undefined
}

function unmasked (text: string, mask: MaskText): string | undefined {
  return mask(text) === text ? text : undefined
}

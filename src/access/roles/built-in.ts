// The roles that the proxy has of itself, written as those of a config are.
//
// Source of paths and of what they do: the LangSmith OpenAPI document (https://api.smith.langchain.com/openapi.json, May 2026),
// and the SDKs for what is newer. docs/roles.md shows the verdict on each operation that is known.

import type { Role } from './role.ts'
import { READ_ONLY_ALLOWED, READ_ONLY_DENIED } from './read-only.ts'
import type { RoleRule } from '../../config/config.ts'
import { ROLE_NAMES } from '../../config/role-names.ts'
import type { BuiltInRoleName } from '../../config/role-names.ts'
import { parseRoleRule } from '../../config/role-rule.ts'

interface Lists { readonly allow: readonly string[], readonly deny?: readonly string[] }

/** Whole segments that mean a delete, wherever they are; *delete* means one as a part of a segment, too. */
export const DELETING_WORDS = ['remove', 'purge', 'prune', 'clear', 'erase', 'wipe', 'drop', 'truncate', 'destroy', 'revoke']

/** Calls that delete although their method is not DELETE, also under names that are not known yet. */
const DELETING = [
  'POST /**/*delete*/**', 'PUT /**/*delete*/**', 'PATCH /**/*delete*/**',
  ...DELETING_WORDS.flatMap((word) => [`POST /**/${word}/**`, `PUT /**/${word}/**`, `PATCH /**/${word}/**`]),
  'POST /ops/backfills/restart', // deletes the record of the job
  'POST /workspaces/*/secrets', // a secret whose value is null is deleted
  'PUT /ttl-settings', 'PUT /orgs/ttl-settings', 'PUT /workspaces/*/ttl-settings' // a shorter retention deletes traces
]

/** What SDKs and exporters send to record runs, and what they ask for before: GET /info. */
const INGEST = [
  'POST /runs', 'POST /runs/batch', 'POST /runs/multipart', 'PATCH /runs/*', 'POST /otel/v1/*',
  'POST /feedback', 'POST /feedback/eager', 'GET /info', 'GET /info/health', 'GET /ok'
]

const LISTS: Readonly<Record<BuiltInRoleName, Lists>> = {
  full: { allow: ['* /**'] },
  'no-delete': { allow: ['* /**'], deny: ['DELETE /**', ...DELETING] },
  'read-only': { allow: READ_ONLY_ALLOWED, deny: READ_ONLY_DENIED },
  'ingest-only': { allow: INGEST },
  admin: { allow: ['* /**'] }
}

/** By name. */
export const BUILT_IN_ROLES: ReadonlyMap<string, Role> = new Map(ROLE_NAMES.map((name) => {
  const { allow, deny = [] } = LISTS[name]
  return [name, { name, mode: 'enforce', allow: allow.map(ruleOf), deny: deny.map(ruleOf), pages: name === 'admin' }]
}))

function ruleOf (text: string): RoleRule {
  const parsed = parseRoleRule(text)
  if (parsed.mistake !== undefined) throw new Error(`built-in role: "${text}" ${parsed.mistake}`)
  return parsed.value
}

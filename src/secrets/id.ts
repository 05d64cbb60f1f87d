// The IDs that go upstream beside a key: X-Tenant-Id and X-Organization-Id. They are no secrets, but
// a key that was put there by mistake is, so nothing here quotes them.

import type { Notice } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import { isHeaderValue } from './key-limits.ts'
import { inspectKey, tidy } from './key-shape.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const IDS = {
  workspaceId: { says: 'workspace ID', code: 'workspace', fix: 'copy the workspace ID from LangSmith → Settings → Workspaces' },
  organizationId: { says: 'organization ID', code: 'organization', fix: 'copy the organization ID from LangSmith → Settings' }
} as const

/** Whether LangSmith can read this as a workspace or organisation ID. */
export function isUuid (text: string): boolean {
  return UUID.test(text)
}

/**
 * Checks the text of an ID.
 *
 * @param owner - What it belongs to and where it was set, e.g. `of credential "us" (workspaceId)`.
 * @param found - The text as it is kept; undefined when nothing is kept where the config says.
 * @returns The ID to send, undefined when there is none, and what to tell about it.
 * @throws ProxyError `secret-unusable` when it is an API key, or cannot be sent in a header.
 */
export function inspectId (
  kind: keyof typeof IDS, owner: string, found: string | undefined
): { readonly id: string | undefined, readonly notices: readonly Notice[] } {
  const { says, code, fix } = IDS[kind]
  const id = tidy(found ?? '')
  if (id === '') {
    const message = `the ${says} ${owner} is ${found === undefined ? 'not set' : 'empty'}, so none is sent`
    return { id: undefined, notices: [{ code: `${code}-empty`, message, hint: `${fix}, or remove the setting` }] }
  }
  if (inspectKey(id).kind !== 'other') throw new ProxyError('secret-unusable', `the ${says} ${owner} is an API key`, { hint: fix })
  if (!isHeaderValue(id)) {
    throw new ProxyError('secret-unusable', `the ${says} ${owner} has a character that no header can carry`, { hint: fix })
  }
  if (isUuid(id)) return { id, notices: [] }
  const message = `the ${says} ${owner} is not a UUID, so LangSmith will answer 401`
  return { id, notices: [{ code: `${code}-not-uuid`, message, hint: `${fix}; it has the form 8-4-4-4-12 hex digits, without quotes` }] }
}

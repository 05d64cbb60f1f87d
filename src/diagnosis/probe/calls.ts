// The read-only calls that tell causes of a refusal apart. Source: docs/langsmith-api.md, section 6, steps 1, 2, 4, 5, 6 and 8.

import type { Call } from '../../upstream/ask.ts'
import { LIST_ONE_PROJECT } from '../../upstream/probe.ts'

/** A workspace with its permissions takes some 3 KiB, and a project has the notes of its owner. */
const MOST_BYTES = 1024 * 1024

/** Public: needs no key. */
export const INFO: Call = { path: '/api/v1/info', query: '' }
/** The same of LangSmith's other services, such as an Agent Server. */
export const ROOT_INFO: Call = { path: '/info', query: '' }
export const WORKSPACES: Call = { path: '/api/v1/workspaces', query: '', mostBytes: MOST_BYTES }
export const SESSIONS: Call = { ...LIST_ONE_PROJECT, mostBytes: MOST_BYTES }
export const ORGANIZATION: Call = { path: '/api/v1/orgs/current/info', query: '' }
export const USAGE: Call = { path: '/api/v1/workspaces/current/usage_limits', query: '' }
/** Lists keys with their ends; for those that may. Some 2000 keys fit. */
export const KEYS: Call = { path: '/api/v1/api-key', query: '', mostBytes: MOST_BYTES }

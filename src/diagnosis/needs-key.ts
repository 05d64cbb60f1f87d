// Calls that LangSmith answers only to a key. That one of them worked shows that the key is accepted; a success of any
// other call shows nothing, because LangSmith has many pages for everybody: /info, /docs, /public, prompts that are shared.

import { isWrite } from './permissions.ts'
import { bareSegments } from '../routes/bare-path.ts'

/** First segments of such paths. Source: docs/langsmith-api.md, sections 3.3, 5.1 and 6. */
const WITH_KEY: ReadonlySet<string> = new Set([
  'runs', 'otel', 'sessions', 'datasets', 'examples', 'feedback', 'annotation-queues', 'workspaces', 'orgs', 'settings', 'api-key', 'charts', 'deployments', 'sandboxes', 'bulk-exports'
])
/** Everybody may read what is public of these. */
const WITH_KEY_TO_WRITE: ReadonlySet<string> = new Set(['repos', 'commits'])

/** @param path - As the API documents it, without query. */
export function needsKey (method: string, path: string): boolean {
  const [first = '', second, third] = bareSegments(path)
  if (method === 'OPTIONS') return false // browsers ask so before a call, without any key
  if (first === 'feedback' && second === 'tokens' && third !== undefined) return false // made to be given away
  return WITH_KEY.has(first) || (WITH_KEY_TO_WRITE.has(first) && isWrite(method, path))
}

// What kind of call a path is. Source: docs/langsmith-api.md, section 5.1.

import { isWrite, permissionFor } from './permissions.ts'
import { bareSegments } from '../routes/bare-path.ts'

/** `ingest` = traces by the SDKs, `otlp` = by OpenTelemetry, `hub` = prompts; `read` and `write` = all the rest. */
export type PathClass = 'ingest' | 'otlp' | 'hub' | 'deployments' | 'identity' | 'read' | 'write'

const HUB: ReadonlySet<string> = new Set(['repos', 'commits', 'prompts', 'settings'])
const IDENTITY: ReadonlySet<string> = new Set(['workspaces', 'orgs', 'tenants', 'me', 'api-key', 'info', 'ok'])
const DEPLOYMENTS: ReadonlySet<string> = new Set(['deployments', 'assistants', 'threads', 'auth'])

/** @param path - As it was forwarded, without query. */
export function classOf (method: string, path: string): PathClass {
  const [first = '', second = ''] = bareSegments(path)
  const write = isWrite(method, path)
  if (first === 'otel') return 'otlp'
  if (first === 'runs' && permissionFor(method, path) === 'runs:create') return 'ingest'
  if (HUB.has(first)) return 'hub'
  if (DEPLOYMENTS.has(first) || second === 'deployments') return 'deployments'
  if (IDENTITY.has(first)) return 'identity'
  return write ? 'write' : 'read'
}

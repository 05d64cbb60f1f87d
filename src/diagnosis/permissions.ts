// Which permission a call needs. Source: docs.langchain.com/langsmith/organization-workspace-operations.

import { bareSegments } from '../routes/bare-path.ts'

/** What each method does to most kinds of things. */
const ACTIONS: Readonly<Record<string, string>> = { GET: 'read', HEAD: 'read', OPTIONS: 'read', POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' }

/** First segment of the path, and what its things are called in a permission. */
const THINGS: Readonly<Record<string, string>> = {
  sessions: 'projects', runs: 'runs', datasets: 'datasets', feedback: 'feedback', repos: 'prompts', deployments: 'deployments'
}

/** Calls that read although their method is POST. */
const READS_BY_POST = /\/(?:query|stats|search|group)(?:\/|$)/

/**
 * The permission that LangSmith documents for a call.
 *
 * @param path - As it was forwarded, without query.
 * @returns For example `runs:create`; undefined where the documentation names none.
 */
export function permissionFor (method: string, path: string): string | undefined {
  const [first = '', second, third] = bareSegments(path)
  const action = actionOf(method, path)
  // Every way of writing a trace, a change of a run included, is runs:create.
  if (first === 'otel') return 'runs:create'
  if (first === 'runs' && second === 'rules') return undefined
  if (first === 'runs' && second === 'delete') return 'runs:delete'
  if (first === 'runs' && (action === 'create' || action === 'update')) return 'runs:create'
  if (first === 'datasets' && third === 'share' && action !== 'read') return 'datasets:share'
  if (first === 'examples' || (first === 'datasets' && third === 'examples')) return action === 'read' ? 'datasets:read' : 'datasets:update'
  if (first === 'commits') return action === 'read' ? 'prompts:read' : 'prompts:update'
  if (first === 'workspaces') return action === 'read' ? 'workspaces:read' : 'workspaces:manage'
  if (first === 'orgs') return action === 'read' ? 'organization:read' : 'organization:manage'
  const thing = Object.hasOwn(THINGS, first) ? THINGS[first] : undefined
  return thing === undefined || action === undefined ? undefined : `${thing}:${action}`
}

/** Whether a call changes something, as far as its method and path tell. */
export function isWrite (method: string, path: string): boolean {
  return actionOf(method, path) !== 'read'
}

function actionOf (method: string, path: string): string | undefined {
  if (method === 'POST' && READS_BY_POST.test(path)) return 'read'
  return Object.hasOwn(ACTIONS, method) ? ACTIONS[method] : undefined
}

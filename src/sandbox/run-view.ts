// How runs look when they are read back. Times go in as numbers or texts and come out as ISO texts;
// the fields are those that SDKs read, LangSmith has many more.

import { listOfTexts, type Fields } from './json.ts'
import type { StoredRun } from './store.ts'

/** What POST /runs/query can ask for; anything else in its body is ignored. */
export interface RunQuery {
  readonly ids?: readonly string[] | undefined
  readonly projects?: readonly string[] | undefined
  readonly trace?: string | undefined
  readonly parent?: string | undefined
  readonly runType?: string | undefined
  readonly isRoot?: boolean | undefined
  readonly hasError?: boolean | undefined
}

/**
 * A run as the classic endpoints show it.
 *
 * @param stored - From the store.
 */
export function viewRun (stored: StoredRun): Fields {
  const { id, tenant_id, session_id, attachments, fields } = stored
  return {
    name: 'Unnamed run', // a run needs no field at all (docs/langsmith-api.md, section 0)
    run_type: 'chain',
    parent_run_id: null,
    trace_id: id,
    inputs: {},
    outputs: null,
    error: null,
    extra: {},
    ...fields,
    id,
    session_id,
    tenant_id,
    start_time: isoTime(fields.start_time),
    end_time: isoTime(fields.end_time),
    status: statusOf(fields),
    attachments
  }
}

/**
 * A run as the v2 endpoints show it: other names, and only what was selected.
 *
 * @param stored - From the store.
 * @param selects - Names in upper case; without them only the ID comes.
 */
export function viewRunV2 (stored: StoredRun, selects: readonly string[] = []): Fields {
  const view = viewRun(stored)
  const parent = typeof view.parent_run_id === 'string' ? [view.parent_run_id] : []
  const all: Fields = {
    ...view,
    project_id: view.session_id,
    parent_run_ids: parent,
    is_root: parent.length === 0,
    run_type: String(view.run_type).toUpperCase(),
    status: String(view.status).toUpperCase()
  }
  const wanted = selects.map((name) => name.toLowerCase()).filter((name) => all[name] !== undefined && all[name] !== null)
  return Object.fromEntries(['id', ...wanted].map((name) => [name, all[name]]))
}

/**
 * Reads the body of a query, classic or v2.
 *
 * @param body - A JSON object.
 */
export function readQuery (body: Fields): RunQuery {
  return {
    ids: listOfTexts(body.id ?? body.ids),
    projects: listOfTexts(body.session ?? body.project_ids),
    trace: textOf(body.trace ?? body.trace_id),
    parent: textOf(body.parent_run),
    runType: textOf(body.run_type)?.toLowerCase(),
    isRoot: flagOf(body.is_root),
    hasError: flagOf(body.error ?? body.has_error)
  }
}

/**
 * Whether a run answers a query.
 *
 * @param stored - From the store.
 * @param query - From readQuery; what is undefined does not matter.
 */
export function matches (stored: StoredRun, query: RunQuery): boolean {
  const view = viewRun(stored)
  return (query.ids?.includes(stored.id) ?? true)
    && (query.projects?.includes(stored.session_id) ?? true)
    && (query.trace === undefined || view.trace_id === query.trace)
    && (query.parent === undefined || view.parent_run_id === query.parent)
    && (query.runType === undefined || view.run_type === query.runType)
    && (query.isRoot === undefined || (view.parent_run_id === null) === query.isRoot)
    && (query.hasError === undefined || (view.status === 'error') === query.hasError)
}

function statusOf (fields: Fields): 'error' | 'success' | 'pending' {
  if (fields.error !== undefined && fields.error !== null) return 'error'
  return fields.end_time === undefined || fields.end_time === null ? 'pending' : 'success'
}

function isoTime (value: unknown): unknown {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15 ? new Date(value).toISOString() : value ?? null
}

function textOf (value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function flagOf (value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

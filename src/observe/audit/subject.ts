// What a request was about, told in words of ours and in UUIDs: never another piece of the path, which may hold anything.

import { isBaseSegment } from '../../config/role-rule.ts'
import { knownThing } from '../../access/roles/things.ts'
import { isWrite } from '../../diagnosis/permissions.ts'
import { lenientPath } from '../../guard/target.ts'

export interface Subject {
  /** As far as method and path tell: a POST that asks, such as /runs/query, reads. */
  readonly action: 'read' | 'write'
  /** Such as `runs` or `projects`; null for what has no word. */
  readonly about: string | null
  /** UUIDs in the path, in their order and in lower case: of a run, a dataset, a project … */
  readonly ids: readonly string[]
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** No path of LangSmith has more than three. */
const MOST_IDS = 4
/** A UUID behind one of these opens something to whoever has it: shared runs and datasets, feedback without a key. */
const BEFORE_TOKENS: ReadonlySet<string | undefined> = new Set(['public', 'tokens'])

/**
 * @param path - As the client sent it, without query. It is read as the most lenient server could, so that no spelling
 *   keeps an ID out of the record.
 * @param prefix - Of the route; undefined where none was reached.
 */
export function subjectOf (method: string, path: string, prefix: string | undefined): Subject {
  const all = segmentsOf(lenientPath(path))
  const own = segmentsOf(prefix ?? '')
  const inside = own.every((segment, at) => segment === all[at]) ? all.slice(own.length) : all
  const first = inside.findIndex((segment) => !isBaseSegment(segment))
  const segments = first === -1 ? [] : inside.slice(first)
  return {
    action: isWrite(method, `/${segments.join('/')}`) ? 'write' : 'read',
    about: knownThing(segments) ?? null,
    ids: segments.filter((segment, at) => UUID.test(segment) && !BEFORE_TOKENS.has(segments[at - 1])).slice(0, MOST_IDS)
  }
}

function segmentsOf (path: string): readonly string[] {
  return path.toLowerCase().split('/').filter((segment) => segment !== '')
}

// One line of a role's list, such as "GET /sessions/**": a method and a path with wildcards. No regular expressions:
// everybody reads a wildcard the same way, and none takes long to match.

import type { RoleRule } from './config.ts'
import type { Parsed } from './mistakes.ts'

const FORM = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|\*) +(\/\S*)$/
const SEGMENT = /^[A-Za-z0-9._~:@$*-]+$/
const EXPECTED = 'must be a method in capitals (or *) and a path, such as GET /sessions/**'

/** What may stand before the name of a thing: LangSmith serves /runs, /api/v1/runs and /v2/runs alike. */
const BASE = /^(?:api|v[0-9]+|platform)$/

/** Reads one line of a role's list. */
export function parseRoleRule (text: string): Parsed<RoleRule> {
  const [, method, path] = FORM.exec(text.trim()) ?? []
  if (method === undefined || path === undefined) return { mistake: EXPECTED }
  if (path.includes('{')) return { mistake: 'must have * where the documentation of LangSmith has a name in braces' }
  const segments = path === '/' ? [] : path.slice(1).toLowerCase().split('/')
  const wrong = segments.map(segmentMistake).find((mistake) => mistake !== undefined)
  if (wrong !== undefined) return { mistake: wrong }
  if (isBaseSegment(segments[0])) return { mistake: 'must have no /api, version or /platform before the path: /runs is also /api/v1/runs and /v2/runs' }
  return { value: { method, segments } }
}

/** Whether a segment only says which API is called: `api`, a version, `platform`. */
export function isBaseSegment (segment: string | undefined): boolean {
  return segment !== undefined && BASE.test(segment)
}

function segmentMistake (segment: string): string | undefined {
  if (segment === '') return 'must not have an empty segment, nor end with /; a path is the same with and without / at its end'
  if (/^\.+$/.test(segment)) return 'must have no segment of dots alone'
  if (!SEGMENT.test(segment)) return 'must have only letters, digits, - . _ ~ : @ $ and * in its path, no query and no escapes'
  if (segment !== '**' && segment.includes('**')) return 'must have ** as a segment of its own, for any number of segments; * stands for any text within one'
  return undefined
}

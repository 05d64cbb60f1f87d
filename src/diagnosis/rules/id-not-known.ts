// Guides on the web say that session_id is required and may be any word: it is optional, and the UUID of a project
// (docs/langsmith-api.md, sections 0 and 4.3).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { OPENAPI } from '../sources.ts'
import { says } from '../statement.ts'
import { CERTAIN, LIKELY } from '../weights.ts'

export const idNotKnown: Rule = {
  code: 'id-not-known',
  answers: 'others',
  basis: 'confirmed',
  rows: [39],
  seen: '422 or 404 that names `session_id`, in answer to a trace.',
  means: '`session_id` is the UUID of a project. A word such as `test-session-123`, as some guides say, or the ID of a project in another workspace, is refused. No run needs it.',
  remedy: 'Leave `session_id` out (the run goes to the default project), or send `session_name` with the name of the project.',
  sureness: 'Certain for 422 that wants a UUID there, likely for 404. Nothing is said of other calls.',
  sources: [OPENAPI],
  judge
}

const NO_UUID = /^body\.(?:\w+\.)*session_id: .*\buuid\b/

function judge (evidence: Evidence): Suspicion | undefined {
  const { status, pathClass } = evidence
  if (pathClass !== 'ingest' || !(status === 422 ? says(evidence, NO_UUID) : status === 404 && says(evidence, /\bsession_id\b/))) return undefined
  return {
    weight: status === 422 ? CERTAIN : LIKELY,
    summary: 'The session_id of this request is not the UUID of a project in this workspace.',
    fix: 'leave session_id out, or send session_name with the name of the project'
  }
}

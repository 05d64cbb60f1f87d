// A trace for a project that does not exist yet makes it. Whether that takes projects:create, which an Editor lacks, is
// concluded, not confirmed (docs/langsmith-api.md, row 15).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage } from '../sources.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey } from '../words.ts'
import { lacks, workspaceInUse } from '../workspaces.ts'
import { POINTED_AT, POSSIBLE } from '../weights.ts'

export const projectCreation: Rule = {
  code: 'project-creation',
  answers: 'refusals',
  basis: 'inferred',
  rows: [15],
  seen: '403 `Forbidden` on traces, and only when they name a project that does not exist yet.',
  means: 'LangSmith makes a new project from the first trace that names it; the role may write traces (`runs:create`) but not create projects (`projects:create`), as an Editor.',
  remedy: 'Create the project in the LangSmith pages first, or use a role with `projects:create`.',
  sureness: 'Possible only: it is concluded from the documented permissions, and nobody has reported it.',
  sources: [docsPage('organization-workspace-operations')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { pathClass, history } = evidence
  if (!saidNoReason(evidence) || (pathClass !== 'ingest' && pathClass !== 'otlp')) return undefined
  const used = workspaceInUse(evidence)
  const probed = used !== undefined && lacks(used, 'projects:create') === true && lacks(used, 'runs:create') === false
  const seenByUs = evidence.findings === undefined && history.writeWorked !== undefined
  if (!probed && !seenByUs) return undefined
  return {
    weight: probed ? POINTED_AT : POSSIBLE,
    summary: `Possibly the trace names a new project, and the role of ${theKey(evidence)} may not create one: that may need projects:create.`,
    fix: 'create the project in the LangSmith pages first, or name one that exists (LANGSMITH_PROJECT)',
    probed
  }
}

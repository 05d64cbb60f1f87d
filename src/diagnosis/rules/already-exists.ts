// 409 on runs and prompt commits: what was sent is there already. SDKs ignore it, and so may people.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { PUBLIC_REPORT } from '../sources.ts'
import { says } from '../statement.ts'
import { CERTAIN, LIKELY } from '../weights.ts'

export const alreadyExists: Rule = {
  code: 'already-exists',
  answers: 'others',
  basis: 'confirmed',
  rows: [33],
  seen: '409 on `/runs…` that says so or says nothing, or `{"error":"Nothing to commit: prompt has not changed since latest commit"}` on `/commits/…`.',
  means: 'Harmless: a run with this ID, or this version of the prompt, is there already. Usually a request that was sent twice.',
  remedy: 'Nothing; SDKs ignore it too. If runs are missing, give each run an ID of its own.',
  sureness: 'Certain where LangSmith says that there is nothing to commit, likely for runs.',
  sources: ['client of the Python and JavaScript SDKs', PUBLIC_REPORT],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.status !== 409) return undefined
  if (says(evidence, /^nothing to commit\b/)) {
    return { weight: CERTAIN, summary: 'The prompt has not changed since its latest commit, so there was nothing to do; this is harmless.', fix: 'ignore it, or push only what has changed' }
  }
  const isSilent = Object.keys(evidence.fields).length === 0
  if (evidence.pathClass !== 'ingest' || !(isSilent || says(evidence, /\balready (?:exists?|received)\b|\bduplicate\b|^conflict$/))) return undefined
  return { weight: LIKELY, summary: 'A run with this ID is there already, as when a trace is sent twice; this is harmless.', fix: 'ignore it; if runs are missing, give each run an ID of its own' }
}

// Keys that have nothing to do with each other are refused all at once: then LangSmith has a fault, not the keys
// (langsmith-sdk issue 1299).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { sdkIssue } from '../sources.ts'
import { standingOf, workedBefore } from '../standing.ts'
import { statementOf } from '../statement.ts'
import { LIKELY } from '../weights.ts'

export const langsmithIncident: Rule = {
  code: 'langsmith-incident',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [37],
  seen: '401 or 403 without a reason on routes with different keys, all of which worked a moment ago.',
  means: 'LangSmith itself has a fault, or something that all keys share has changed, such as a rule of the organization.',
  remedy: 'Look at status.smith.langchain.com and wait; do not replace keys yet.',
  sureness: 'Likely, and only where at least two different keys stopped working and none to the same host still works.',
  sources: [sdkIssue(1299)],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { others, route } = evidence
  const statement = statementOf(evidence)
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  if (!workedBefore(evidence) || standingOf(evidence) === 'accepted') return undefined
  const stopped = new Set(others.filter(({ sameKey, stoppedWorking }) => !sameKey && stoppedWorking).map(({ credential }) => credential))
  if (stopped.size === 0 || others.some(({ works, upstreamHost }) => works && upstreamHost === route.upstreamHost)) return undefined
  return {
    weight: LIKELY + 12,
    summary: `Probably LangSmith has a fault: ${stopped.size + 1} different keys worked a moment ago and are refused now.`,
    fix: 'look at https://status.smith.langchain.com and wait; if it shows nothing, ask an admin whether a rule of the organization has changed'
  }
}

// Keys that have nothing to do with each other are refused all at once: then LangSmith has a fault, not the keys
// (langsmith-sdk issue 1299).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { sdkIssue } from '../sources.ts'
import { isOrdinaryCall, standingOf, workedLately } from '../standing.ts'
import { LIKELY } from '../weights.ts'

export const langsmithIncident: Rule = {
  code: 'langsmith-incident',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [37],
  seen: '401 or 403 without a reason to ordinary calls on routes to the same host with different keys, all of which worked in the last ten minutes.',
  means: 'LangSmith itself has a fault, or something that all keys share has changed, such as a rule of the organization.',
  remedy: 'Look at status.smith.langchain.com, or ask whoever runs the LangSmith, and wait; do not replace keys yet.',
  sureness: 'Likely, and only where at least two different keys to the same host stopped working within ten minutes and none to it still works, nor is accepted by read-only calls.',
  sources: [sdkIssue(1299)],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { history, route } = evidence
  const { statement } = evidence
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  if (!workedLately(history) || !isOrdinaryCall(evidence) || standingOf(evidence) === 'accepted') return undefined
  const others = evidence.others.filter(({ upstreamHost }) => upstreamHost === route.upstreamHost)
  const stopped = new Set(others.filter(({ sameKey, stoppedWorking }) => !sameKey && stoppedWorking).map(({ credential }) => credential))
  if (stopped.size === 0 || others.some(({ works }) => works)) return undefined
  const cloud = 'look at https://status.smith.langchain.com and wait; if it shows nothing, ask an admin whether a rule of the organization has changed'
  return {
    weight: LIKELY + 12,
    summary: `Probably LangSmith has a fault: ${stopped.size + 1} different keys worked at ${route.upstreamHost} in the last ten minutes and are refused now.`,
    fix: route.region === undefined ? `ask whoever runs ${route.upstreamHost}, and do not replace keys yet` : cloud
  }
}

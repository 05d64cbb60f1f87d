// Too many calls in a short time. LangSmith counts by key (docs.langchain.com/langsmith/cloud), and all tools behind
// this proxy have the same one, so together they reach the limit sooner.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { findIntermediary } from '../intermediaries.ts'
import { docsPage } from '../sources.ts'
import { atWeight, theKey } from '../words.ts'
import { LIKELY, POINTED_AT } from '../weights.ts'

/** Limits of plans are by the hour or the month, those of calls by the minute at most; in seconds. */
const SHORT = 120

export const rateLimit: Rule = {
  code: 'rate-limit',
  answers: 'others',
  basis: 'confirmed',
  rows: [19],
  seen: '429 with a short `Retry-After`, and no word of a usage limit.',
  means: 'Too many calls in a short time. LangSmith counts by key, and all tools behind this proxy share one: together they reach the limit sooner. A web page or plain text is a limit of a server in between, which may count otherwise.',
  remedy: 'Wait as long as `Retry-After` says (SDKs do), send traces in batches, or give busy tools a route with a key of their own.',
  sureness: 'Likely with a `Retry-After` of at most two minutes; otherwise possible, as it may be a limit of the plan.',
  sources: [docsPage('cloud')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.status !== 429 || evidence.statement === 'usage-limit') return undefined
  const { retryAfter, others, dialect, fields, server } = evidence
  const weight = retryAfter !== undefined && retryAfter <= SHORT ? LIKELY : POINTED_AT
  const wait = `wait${retryAfter === undefined ? '' : ` ${retryAfter} seconds`}`
  if (dialect !== 'empty' && evidence.statement === undefined) {
    const writer = findIntermediary([server, fields.title, fields.message, fields.text])
    return {
      weight,
      summary: `${atWeight(weight, `${writer?.product ?? 'something'} between the proxy and LangSmith`)} takes no more calls for now; this is not a limit of LangSmith.`,
      fix: `${wait} or send traces in batches; if it stays, ask whoever runs what is in between`
    }
  }
  const routes = others.filter(({ sameKey }) => sameKey).length + 1
  return {
    weight,
    summary: `${atWeight(weight, `too many calls came in a short time with ${theKey(evidence)}`)}, which all tools on ${routes === 1 ? 'its route' : `its ${routes} routes`} share.`,
    fix: `${wait}, send traces in batches, or give busy tools a route with a key of their own`
  }
}

// 407 is never LangSmith's: a proxy on the way out wants to know who asks.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { theRoute } from '../words.ts'
import { CERTAIN } from '../weights.ts'

export const egressRefused: Rule = {
  code: 'egress-refused',
  answers: 'others',
  basis: 'confirmed',
  rows: [21],
  seen: '407, usually with a page of the company proxy.',
  means: 'A proxy on the way out (`HTTPS_PROXY`, or one that intercepts) wants a user name and password. The request did not get to LangSmith.',
  remedy: 'Put the user name and password into `HTTPS_PROXY`, or except the LangSmith host with `NO_PROXY`; otherwise ask your network team.',
  sureness: 'Certain: the status has no other meaning.',
  sources: ['https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.8', 'https://github.com/langchain-ai/langsmith-data-migration-tool'],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.status !== 407) return undefined
  const { upstreamHost } = evidence.route
  return {
    weight: CERTAIN,
    summary: `A proxy on the way from ${theRoute(evidence)} to ${upstreamHost} wants a login; LangSmith has not seen the request.`,
    fix: `put user name and password into HTTPS_PROXY, or except ${upstreamHost} with NO_PROXY; if you set neither, ask your network team`
  }
}

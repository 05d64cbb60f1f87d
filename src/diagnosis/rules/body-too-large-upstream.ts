// 413: the server in front of a self-hosted LangSmith has a limit, 25M unless it was changed (langsmith-sdk issue 1506).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { HELM_NGINX, sdkIssue } from '../sources.ts'
import { CERTAIN } from '../weights.ts'

export const bodyTooLargeUpstream: Rule = {
  code: 'body-too-large-upstream',
  answers: 'others',
  basis: 'confirmed',
  rows: [31],
  seen: '413, usually a page of nginx: `413 Request Entity Too Large`.',
  means: 'The upstream, or a server in front of it, takes no body of this size: 25 MB for self-hosted LangSmith unless it was changed. (A limit of this proxy answers with the code `body-too-large`.)',
  remedy: 'Raise `frontend.maxBodySize` of the LangSmith chart and the limits of what stands in front, or send less at once: smaller batches, shorter inputs and outputs.',
  sureness: 'Certain: the status has no other meaning.',
  sources: [sdkIssue(1506), HELM_NGINX],
  judge
}

function judge ({ status, route: { upstreamHost, region } }: Evidence): Suspicion | undefined {
  if (status !== 413) return undefined
  const less = 'send less at once: smaller batches, shorter inputs and outputs'
  return {
    weight: CERTAIN,
    summary: `The body of this request is larger than ${upstreamHost} or a server in front of it takes.`,
    fix: region === undefined ? `raise frontend.maxBodySize of the LangSmith chart (25M by default) and the limits of what stands in front, or ${less}` : less
  }
}

// "Missing authentication headers": an Agent Server, such as a deployment on langgraph.app, saw no x-api-key
// (chat-langchain issue 374).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage, issue } from '../sources.ts'
import { theKey } from '../words.ts'
import { LIKELY } from '../weights.ts'

export const deploymentAuth: Rule = {
  code: 'deployment-auth',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [27],
  seen: '403 `{"detail":"Missing authentication headers"}` from a deployed graph (`….langgraph.app`).',
  means: 'An Agent Server saw no `x-api-key`. The proxy sends it, so something in between removed it, or the deployment has a login of its own that wants another header.',
  remedy: 'Check the `auth` part of the deployment\'s `langgraph.json`, and that nothing in between removes `X-API-Key`. A header that the deployment wants besides must come from your tool.',
  sureness: 'Likely: the words are those of an Agent Server.',
  sources: [issue('chat-langchain', 374), docsPage('cloud')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.statement !== 'deployment-no-key') return undefined
  return {
    weight: LIKELY,
    summary: `The Agent Server at ${evidence.route.upstreamHost} saw no key, although the proxy sent ${theKey(evidence)} as X-API-Key.`,
    fix: 'check whether the deployment has a login of its own ("auth" in its langgraph.json), and that no proxy in between removes X-API-Key'
  }
}

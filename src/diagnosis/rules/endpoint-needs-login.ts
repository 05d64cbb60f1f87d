// Some pages of the API take a person's login and no API key at all: /me, /orgs and /tenants (LangSmith's OpenAPI lists no
// API key for them), and /mcp (OAuth; docs.langchain.com/langsmith/langsmith-remote-mcp).

import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'

const LOGIN_ONLY = /^(?:\/api)?(?:\/v1)?\/(?:me(?:\/.*)?|orgs|orgs\/permissions|tenants|mcp(?:\/.*)?)\/?$/

export function endpointNeedsLogin (evidence: Evidence): Cause | undefined {
  const statement = statementOf(evidence)
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  if (!LOGIN_ONLY.test(evidence.path)) return undefined
  return {
    code: 'endpoint-needs-login',
    confidence: 'likely',
    summary: 'This endpoint is documented for logged-in people only; no API key opens it.',
    fix: 'use the LangSmith web pages, or an endpoint that takes keys, such as GET /api/v1/workspaces'
  }
}

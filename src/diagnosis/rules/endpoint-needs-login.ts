// Some pages of the API take a person's login and no API key at all: /me, /orgs and /tenants (LangSmith's OpenAPI lists no
// API key for them), and /mcp (OAuth; docs.langchain.com/langsmith/langsmith-remote-mcp).

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage, OPENAPI } from '../sources.ts'
import { LIKELY } from '../weights.ts'

const LOGIN_ONLY = /^(?:\/api)?(?:\/v1)?\/(?:me(?:\/.*)?|orgs|orgs\/permissions|tenants|mcp(?:\/.*)?)\/?$/

export const endpointNeedsLogin: Rule = {
  code: 'endpoint-needs-login',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [],
  seen: '401 or 403 on `/api/v1/me/…`, `/api/v1/orgs`, `/api/v1/tenants` or `/mcp`, while other paths work.',
  means: 'These endpoints are documented for people who are logged in; no API key opens them.',
  remedy: 'Use the LangSmith web pages, or an endpoint that takes keys, such as `GET /api/v1/workspaces`.',
  sureness: 'Likely on those paths.',
  sources: [OPENAPI, docsPage('langsmith-remote-mcp')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { statement } = evidence
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  if (!LOGIN_ONLY.test(evidence.path)) return undefined
  return {
    weight: LIKELY + 20,
    summary: 'This endpoint is documented for logged-in people only; no API key opens it.',
    fix: 'use the LangSmith web pages, or an endpoint that takes keys, such as GET /api/v1/workspaces'
  }
}

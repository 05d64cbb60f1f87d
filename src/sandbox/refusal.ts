// The words of a refusal. LangSmith has three dialects, by the part of it that answers
// (docs/langsmith-api.md, section 4.1): which path speaks which is known for the ones in section 4.2.

import type { RefusalReason } from './auth.ts'
import { KNOWN_ANSWERS, type Answer } from './known-answers.ts'

/** `python`: `{"detail"}`; `go`: `{"error"}` and a newline (ingest, OTLP, commits); `v2`: problem details. */
export type Dialect = 'python' | 'go' | 'v2'

/**
 * The answer to a refused request.
 *
 * @param reason - What the judgement was.
 * @param dialect - Who speaks.
 * @returns Status, type and body. The words of the v2 dialect are UNCONFIRMED, only its form is known.
 */
export function refusalAnswer (reason: RefusalReason, dialect: Dialect): Answer {
  if (dialect === 'v2') return asProblem(refusalAnswer(reason, 'python'))
  const go = dialect === 'go'
  switch (reason) {
    case 'no-credential': return go ? KNOWN_ANSWERS.B2 : KNOWN_ANSWERS.B1
    case 'legacy-key': return KNOWN_ANSWERS.B4 // seen from Python paths only
    case 'workspace-malformed': return KNOWN_ANSWERS.B5 // seen from Python paths only
    case 'forbidden': return go ? KNOWN_ANSWERS.B6 : KNOWN_ANSWERS.B7
    case 'workspace-required': return go ? KNOWN_ANSWERS.B8 : KNOWN_ANSWERS.B9
    case 'no-plan': return KNOWN_ANSWERS.B10
  }
}

/**
 * The answer to a payload that cannot be used, or a thing that does not exist.
 *
 * @param status - 4xx.
 * @param text - What is wrong.
 * @param dialect - Who speaks.
 */
export function failureAnswer (status: number, text: string, dialect: Dialect): Answer {
  if (dialect === 'go') return { status, type: 'application/json', body: `${JSON.stringify({ error: text })}\n` }
  const answer = { status, type: 'application/json', body: JSON.stringify({ detail: text }) }
  return dialect === 'v2' ? asProblem(answer) : answer
}

function asProblem ({ status, body }: Answer): Answer {
  const said = JSON.parse(body) as { detail?: string, error?: string }
  const title = status === 401 ? 'Unauthorized' : status === 403 ? 'Forbidden' : 'Request failed'
  return {
    status,
    type: 'application/problem+json',
    body: JSON.stringify({ type: 'about:blank', title, status, detail: said.detail ?? said.error })
  }
}

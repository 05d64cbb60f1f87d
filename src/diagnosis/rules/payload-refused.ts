// A trace that LangSmith cannot take: a field over 25 MiB, an unknown run_type, a huge integer (bodies B19 and B20).
// Other 422 are a caller's own affair and are left alone.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { OPENAPI, PUBLIC_REPORT, sdkIssue } from '../sources.ts'
import { says } from '../statement.ts'
import { CERTAIN } from '../weights.ts'

const CASES: readonly { readonly pattern: RegExp, readonly says: string, readonly fix: string }[] = [
  {
    pattern: /\bfield size \d+ exceeds maximum allowed size\b/,
    says: 'a field of the trace is larger than 25 MiB, the most that LangSmith takes',
    fix: 'leave the large input or output out of the trace, or cut it'
  },
  {
    pattern: /\bint(?:eger)? too big to convert\b/,
    says: 'a number in the trace is too large for LangSmith',
    fix: 'send very large integers as text'
  },
  {
    pattern: /^(?:body\.(?:\w+\.)*run_type: (?!.*\b(?:required|missing)\b)|[`'"]?run_type[`'"]? must be one of\b)/,
    says: 'the run_type is none that LangSmith knows',
    fix: 'use one of llm, chain, tool, retriever, embedding, prompt, parser'
  }
]

export const payloadRefused: Rule = {
  code: 'payload-refused',
  answers: 'others',
  basis: 'confirmed',
  rows: [32],
  seen: '422 `field size N exceeds maximum allowed size of 26214400 bytes`, `int too big to convert`, or a complaint about the value of `run_type`, in answer to a trace.',
  means: 'The trace holds something that LangSmith cannot store; the key and the route are fine. SDKs drop such a trace.',
  remedy: 'Change what is traced: leave out or cut large fields, send huge integers as text, use a known `run_type`.',
  sureness: 'Certain for these words; nothing is said of other 422.',
  sources: [sdkIssue(637), OPENAPI, PUBLIC_REPORT],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.status !== 422 || (evidence.pathClass !== 'ingest' && evidence.pathClass !== 'otlp')) return undefined
  const found = CASES.find(({ pattern }) => says(evidence, pattern))
  return found === undefined ? undefined : { weight: CERTAIN, summary: `LangSmith could not take this trace: ${found.says}.`, fix: found.fix }
}

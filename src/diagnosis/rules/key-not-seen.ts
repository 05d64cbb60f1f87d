// "Invalid token", "Unauthorized": LangSmith says this when it finds no key at all. The proxy sets one on
// every request, so either it was lost on the way, or it is nothing that LangSmith takes for a key.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { issue, sdkIssue } from '../sources.ts'
import { isKnownHere } from '../standing.ts'
import { atWeight, theKey, theRoute } from '../words.ts'
import { LIKELY, POSSIBLE } from '../weights.ts'

export const keyNotSeen: Rule = {
  code: 'key-not-seen',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [1],
  seen: '401 `{"detail":"Invalid token"}`, `{"error":"Unauthorized"}` or, of old, `{"detail":"Invalid auth"}`.',
  means: 'LangSmith says this when it finds no key at all. The proxy sends one with every request, so it was lost on the way, or LangSmith takes it for nothing.',
  remedy: 'Check that the place of the key holds the whole key and nothing else, and that no reverse or company proxy removes `X-API-Key`.',
  sureness: 'Likely; only possible where LangSmith accepts the same key on other paths.',
  sources: [sdkIssue(666), sdkIssue(1412), issue('langsmith-docs', 608), 'https://github.com/docker/genai-stack/issues/36'],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.statement !== 'no-key') return undefined
  const { region, upstreamHost, secretRef } = evidence.route
  const place = region === undefined
    ? `check that ${upstreamHost} is the LangSmith API and that no reverse proxy in front of it removes X-API-Key`
    : 'check that no company proxy in between removes X-API-Key'
  const weight = isKnownHere(evidence) ? POSSIBLE : LIKELY
  return {
    weight,
    summary: atWeight(weight, `LangSmith saw no usable key on ${theRoute(evidence)}, although the proxy sent ${theKey(evidence)}.`),
    fix: `check that ${secretRef} holds the whole key and nothing else; then ${place}`
  }
}

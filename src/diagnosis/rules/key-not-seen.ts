// "Invalid token", "Unauthorized": LangSmith says this when it finds no key at all. The proxy sets one on
// every request, so either it was lost on the way, or it is nothing that LangSmith takes for a key.

import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { theKey, theRoute } from '../words.ts'

export function keyNotSeen (evidence: Evidence): Cause | undefined {
  if (statementOf(evidence) !== 'no-key') return undefined
  const { region, upstreamHost, secretRef } = evidence.route
  const place = region === undefined
    ? `check that ${upstreamHost} is the LangSmith API and that no reverse proxy in front of it removes X-API-Key`
    : 'check that no company proxy in between removes X-API-Key'
  return {
    code: 'key-not-seen',
    confidence: 'likely',
    summary: `LangSmith saw no usable key on ${theRoute(evidence)}, although the proxy sent ${theKey(evidence)}.`,
    fix: `check that ${secretRef} holds the whole key and nothing else; then ${place}`
  }
}

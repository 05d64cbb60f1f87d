// An organisation lives in one region, its keys are unknown in all others, and a key does not tell its region
// (teddynote issue 7: 200 in one region, 403 in another; the first question in langsmith-sdk issue 2112).

import { REGION_NAMES } from '../../config/regions.ts'
import type { Cause, Evidence } from '../diagnosis.ts'
import { saidNoReason } from '../unexplained.ts'
import { theKey, theRoute } from '../words.ts'

export function keyOtherRegion (evidence: Evidence): Cause | undefined {
  if (!saidNoReason(evidence)) return undefined
  const { region, prefix, upstreamHost } = evidence.route
  const code = 'key-other-region'
  if (region === undefined) {
    return {
      code,
      confidence: 'possible',
      summary: `Possibly ${theKey(evidence)} was made on another LangSmith than ${upstreamHost}.`,
      fix: `create the key on the web pages of ${upstreamHost}, or correct "upstream" of ${theRoute(evidence)} (without a config file: LANGSMITH_ENDPOINT)`
    }
  }
  const others = REGION_NAMES.filter((name) => name !== region)
  return {
    code,
    confidence: 'possible',
    summary: `Possibly ${theKey(evidence)} belongs to another region; ${theRoute(evidence)} goes to ${region}.`,
    fix: `look at the address of the LangSmith page where the key was made (eu.smith.langchain.com is eu), then set region of route ${prefix} `
      + `(without a config file: LANGSMITH_REGION) to that one: ${others.join(', ')}`
  }
}

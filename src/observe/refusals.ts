// Explains refusals and reports them; floods of the same refusal are counted.

import { collectEvidence } from '../diagnosis/evidence.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import { excerptOf } from '../diagnosis/excerpt.ts'
import type { Emit } from '../events.ts'
import { requestFields } from '../exchange.ts'
import { maskValues } from '../swap/mask-text.ts'
import type { MaskText } from '../swap/mask-text.ts'
import type { ExplainRefusal } from '../upstream/refusal-tap.ts'

/** @param maskText - Masks the keys that this process holds. */
export function createRefusalReport (emit: Emit, maskText: MaskText): ExplainRefusal {
  return (refused) => {
    const evidence = collectEvidence(refused)
    const diagnosis = diagnose(evidence)
    emit({
      event: 'refusal.diagnosed',
      ...requestFields(refused.exchange),
      region: evidence.route.region,
      secret_ref: evidence.route.secretRef,
      fingerprint: refused.credential.apiKey.fingerprint,
      status: refused.status,
      upstream_request_id: requestIdOf(refused.headers),
      excerpt: maskText(excerptOf(evidence, (text) => maskValues(text, refused.privateValues))),
      diagnosis
    })
    return diagnosis.code
  }
}

// Names that LangSmith's front ends use; what support asks for.
const REQUEST_ID_NAMES: readonly string[] = ['x-request-id', 'x-cloud-trace-context', 'x-amzn-requestid']

function requestIdOf (headers: readonly string[]): string | undefined {
  const at = headers.findIndex((name, i) => i % 2 === 0 && REQUEST_ID_NAMES.includes(name.toLowerCase()))
  const value = at === -1 ? undefined : headers[at + 1]
  return value !== undefined && /^[\w/;=.-]{1,100}$/.test(value) ? value : undefined
}

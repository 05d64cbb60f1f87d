// Explains refusals and reports them, first from what is known, then with what read-only calls found out. Other
// answers are reported where their cause is known. Floods of the same refusal are counted by repeats.ts.

import { collectEvidence } from '../diagnosis/evidence.ts'
import type { Known } from '../diagnosis/evidence.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { Diagnosis, Evidence } from '../diagnosis/diagnosis.ts'
import { excerptOf } from '../diagnosis/excerpt.ts'
import type { Findings } from '../diagnosis/findings.ts'
import { mayLearnMore } from '../diagnosis/learn-more.ts'
import type { RefusalDiagnosed, RefusalExplained } from '../diagnosis/events.ts'
import type { Emit } from '../events.ts'
import { describeFailure } from '../errors.ts'
import { requestFields } from '../exchange.ts'
import { maskValues } from '../swap/mask-text.ts'
import type { MaskText } from '../swap/mask-text.ts'
import { isRefusal } from '../upstream/refusal-tap.ts'
import type { Refused } from '../upstream/refusal-tap.ts'

export interface RefusalReportOptions {
  readonly emit: Emit
  /** Masks the keys that this process holds. */
  readonly maskText: MaskText
}

/** What the pipeline knows of a refused request, and how to find out more. */
export interface Context {
  readonly known: Known
  /** Asks LangSmith, if that is allowed now. */
  readonly investigate: () => Promise<Findings | undefined> | undefined
}

/** What all events about an explained answer have. */
type Fields = Omit<RefusalExplained, 'event' | 'diagnosis'>

/** Explains an answer, reports it, and gives the code for header and reason phrase. */
export type ReportRefusal = (refused: Refused, context: Context) => string

/** Answers about what is in the request: validators quote it, and traces hold what nobody wants in a log. */
const ABOUT_THE_BODY: ReadonlySet<number> = new Set([400, 422])

/** Each holds its evidence, up to 64 KiB of it, for the seconds that a round of probes takes. */
const MOST_WAITING = 100

export function createRefusalReport ({ emit, maskText }: RefusalReportOptions): ReportRefusal {
  let waiting = 0

  return (refused, { known, investigate }) => {
    const evidence = collectEvidence(refused, known)
    const diagnosis = diagnose(evidence)
    const fields = fieldsOf(refused, evidence)
    if (isRefusal(refused.status)) {
      emit({ event: 'refusal.diagnosed', ...withAnswer(fields, refused, evidence, diagnosis) })
      if (mayLearnMore(diagnosis)) explainLater(fields, evidence, investigate)
    } else if (diagnosis.causes.length > 0) {
      emit({ event: 'answer.diagnosed', ...withAnswer(fields, refused, evidence, diagnosis) })
    }
    return diagnosis.code
  }

  function explainLater (fields: Fields, evidence: Evidence, investigate: Context['investigate']): void {
    if (waiting >= MOST_WAITING) return
    const round = investigate()
    if (round === undefined) return
    waiting++
    void round.then((findings) => {
      if (findings !== undefined) emit({ event: 'refusal.explained', ...fields, diagnosis: diagnose({ ...evidence, findings }) })
    }).catch((error: unknown) => {
      emit({ event: 'internal.failed', reqId: fields.reqId, ...describeFailure(error) })
    }).finally(() => { waiting-- })
  }

  // Every field is named (docs/performance.md).
  function withAnswer (
    { reqId, method, path, route, credential, client, region, secret_ref, fingerprint, status }: Fields,
    { headers, privateValues }: Refused, evidence: Evidence, diagnosis: Diagnosis
  ): Omit<RefusalDiagnosed, 'event'> {
    const excerpt = ABOUT_THE_BODY.has(status) ? undefined : maskText(excerptOf(evidence, (text) => maskValues(text, privateValues)))
    return {
      reqId, method, path, route, credential, client, region, secret_ref, fingerprint, status,
      upstream_request_id: requestIdOf(headers), excerpt, diagnosis
    }
  }
}

function fieldsOf ({ exchange, status }: Refused, { route: { region, secretRef }, key: { fingerprint } }: Evidence): Fields {
  const { reqId, method, path, route, credential, client } = requestFields(exchange)
  return { reqId, method, path, route, credential, client, region, secret_ref: secretRef, fingerprint, status }
}

// Names that LangSmith's front ends use; what support asks for.
const REQUEST_ID_NAMES: readonly string[] = ['x-request-id', 'x-cloud-trace-context', 'x-amzn-requestid']

function requestIdOf (headers: readonly string[]): string | undefined {
  const at = headers.findIndex((name, i) => i % 2 === 0 && REQUEST_ID_NAMES.includes(name.toLowerCase()))
  const value = at === -1 ? undefined : headers[at + 1]
  return value !== undefined && /^[\w/;=.-]{1,100}$/.test(value) ? value : undefined
}

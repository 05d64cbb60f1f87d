// Asks every rule and ranks what they say.

import type { Cause, Diagnosis, Evidence, Rule } from './diagnosis.ts'
import { aged, isFresh } from './freshness.ts'
import { RULES } from './rules.ts'
import { standingOf } from './standing.ts'
import { causesNamed } from './statement.ts'
import { confidenceOf, MOST_INFERRED, NAMED } from './weights.ts'
import { theRoute } from './words.ts'

const REFUSALS: ReadonlySet<number> = new Set([401, 403])

/**
 * Explains one answer: all causes that the evidence allows, the weightiest first, those of equal weight in the order of the rules.
 *
 * Beside a certain cause, the merely possible ones are left out.
 *
 * The code is that of the first cause when that is certain or likely. Where all are merely possible, as for
 * the bare Forbidden, nobody can tell which it is, and a caller who sees only the code must not be sent after
 * the wrong one: then it is `key-or-workspace-refused`, or `undetermined` when the answer may not be
 * LangSmith's at all. `undetermined` is also the code when no rule speaks.
 */
export function diagnose (evidence: Evidence, rules: readonly Rule[] = RULES): Diagnosis {
  const ranked = suspicionsOf(evidence, rules).sort((a, b) => b.weight - a.weight).map(({ cause }) => cause)
  const [first] = ranked
  const causes = first?.confidence === 'certain' ? ranked.filter(({ confidence }) => confidence !== 'possible') : ranked
  const probed = evidence.findings !== undefined
  // Only refusals have causes that must not be told from each other by the code alone.
  if (first !== undefined && (first.confidence !== 'possible' || !REFUSALS.has(evidence.status))) return { code: first.code, summary: first.summary, causes, probed }
  const { code, summary } = general(evidence, causes)
  return { code, summary, causes, probed }
}

interface Ranked { readonly weight: number, readonly cause: Cause }

function suspicionsOf (evidence: Evidence, rules: readonly Rule[]): Ranked[] {
  const kind = REFUSALS.has(evidence.status) ? 'refusals' : 'others'
  const named = causesNamed(evidence)
  const suspicions: Ranked[] = []
  for (const rule of rules) {
    const judged = rule.answers === kind || rule.answers === 'all' ? rule.judge(evidence) : undefined
    if (judged === undefined) continue
    const suspicion = aged(evidence, judged)
    const capped = rule.basis === 'inferred' && suspicion.probed !== true
    const bounded = capped ? Math.min(suspicion.weight, MOST_INFERRED) : suspicion.weight
    const weight = named.includes(rule.code) ? Math.max(bounded, NAMED) : bounded
    const { summary, fix } = suspicion
    suspicions.push({ weight, cause: { code: rule.code, confidence: confidenceOf(weight), summary, fix } })
  }
  return suspicions
}

function general (evidence: Evidence, causes: readonly Cause[]): Pick<Diagnosis, 'code' | 'summary'> {
  if (causes.length === 0 || evidence.statement === undefined) {
    return { code: 'undetermined', summary: `The answer to ${theRoute(evidence)} does not show why it was refused.` }
  }
  const refused = standingOf(evidence) === 'accepted' && isFresh(evidence) ? 'this call, not the key,' : 'the key or the workspace'
  const why = evidence.statement === 'unknown' ? 'for a reason that is not known here, so read its own words' : 'and gave no reason'
  const many = causes.length > 1 ? `; ${causes.length} causes are possible, the most usual first` : ''
  return { code: 'key-or-workspace-refused', summary: `LangSmith refused ${refused} of ${theRoute(evidence)} ${why}${many}.` }
}

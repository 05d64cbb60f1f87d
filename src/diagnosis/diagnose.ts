// Asks every rule and ranks what they say.

import type { Cause, Confidence, Diagnosis, Evidence, Rule } from './diagnosis.ts'
import { RULES } from './rules.ts'
import { statementOf } from './statement.ts'
import { theRoute } from './words.ts'

const RANK: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 }

/**
 * Explains one refusal: all causes that the evidence allows, the surest first, those of equal confidence in the order of the rules.
 *
 * Beside a certain cause, the merely possible ones are left out.
 *
 * The code is that of the first cause when that is certain or likely. Where all are merely possible, as for
 * the bare Forbidden, nobody can tell which it is, and a caller who sees only the code must not be sent after
 * the wrong one: then it is `key-or-workspace-refused`, or `undetermined` when the answer may not be
 * LangSmith's at all. `undetermined` is also the code when no rule speaks.
 */
export function diagnose (evidence: Evidence, rules: readonly Rule[] = RULES): Diagnosis {
  const ranked = rules
    .map((rule) => rule(evidence))
    .filter((cause) => cause !== undefined)
    .sort((a, b) => RANK[a.confidence] - RANK[b.confidence])
  const [first] = ranked
  const causes = first?.confidence === 'certain' ? ranked.filter(({ confidence }) => confidence !== 'possible') : ranked
  if (first !== undefined && first.confidence !== 'possible') return { code: first.code, summary: first.summary, causes }
  return { ...general(evidence, causes), causes }
}

function general (evidence: Evidence, causes: readonly Cause[]): Pick<Diagnosis, 'code' | 'summary'> {
  if (causes.length === 0 || statementOf(evidence) === undefined) {
    return { code: 'undetermined', summary: `The answer to ${theRoute(evidence)} does not show why it was refused.` }
  }
  return {
    code: 'key-or-workspace-refused',
    summary: `LangSmith refused the key or the workspace of ${theRoute(evidence)} and gave no reason known here; its possible causes are listed, the most usual first.`
  }
}

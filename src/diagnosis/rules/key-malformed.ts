// The key as it is kept cannot be a key: quotes, a placeholder, cut off. Seen in langsmith-sdk issue 721
// (first letter lost), lca-lc-foundations issue 2 (placeholder), and .env files with quotes.

import { KEY_ADVICE } from '../../secrets/key-advice.ts'
import type { KeyDefect } from '../../secrets/credential.ts'
import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage, PUBLIC_REPORT, sdkIssue } from '../sources.ts'
import { isKnownHere, standingOf } from '../standing.ts'
import { sentence, theKey } from '../words.ts'
import { CERTAIN, LIKELY, POINTED_AT } from '../weights.ts'

/** LangSmith publishes no grammar for its keys: only what cannot be any key is certain. */
const WEIGHTS: Readonly<Record<Exclude<KeyDefect, 'legacy'>, number>> = {
  placeholder: CERTAIN,
  'control-character': CERTAIN,
  quotes: LIKELY,
  'bearer-prefix': LIKELY,
  assignment: LIKELY,
  'inner-blank': LIKELY,
  'non-ascii': LIKELY,
  'wrong-length': LIKELY,
  'unknown-shape': POINTED_AT
}
/** Of a key that is refused whatever it is asked: above what is concluded from that alone. */
const REFUSED_EVERYWHERE = LIKELY + 28

/** Speaks where LangSmith gave no reason that has nothing to do with the key's text. */
export const keyMalformed: Rule = {
  code: 'key-malformed',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [7, 8, 34],
  seen: '401 or 403 as for an unknown key; the proxy has noticed quotes, blanks, a name in front, a wrong length or a placeholder when it read the key.',
  means: 'What is stored is not the key as LangSmith showed it: cut off, with the quotes or the name of a `.env` line, or the example text of a guide.',
  remedy: 'Store the key again, alone and whole: 51 characters that start with `lsv2_pt_` or `lsv2_sk_`. The message says what is odd about it, never the key.',
  sureness: 'Certain for a placeholder or a control character, likely for other defects, possible for a shape that is merely unknown (LangSmith publishes no grammar). Never for a key that LangSmith has accepted.',
  sources: [sdkIssue(721), docsPage('create-account-api-key'), PUBLIC_REPORT],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { statement } = evidence
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  const defects = evidence.route.keyShape.defects.filter((defect) => defect !== 'legacy')
  const worst = defects.find((defect) => WEIGHTS[defect] === CERTAIN) ?? defects[0]
  if (worst === undefined || isKnownHere(evidence)) return undefined
  const { says, fix } = KEY_ADVICE[worst]
  const others = defects.filter((defect) => defect !== worst).map((defect) => `; it also ${KEY_ADVICE[defect].says}`)
  return {
    weight: standingOf(evidence) === 'refused' ? Math.max(WEIGHTS[worst], REFUSED_EVERYWHERE) : WEIGHTS[worst],
    summary: `${sentence(theKey(evidence))} ${says}${others.join('')}.`,
    fix: `in ${evidence.route.secretRef}: ${fix}`
  }
}

// The key as it is kept cannot be a key: quotes, a placeholder, cut off. Seen in langsmith-sdk issue 721
// (first letter lost), lca-lc-foundations issue 2 (placeholder), and .env files with quotes.

import { KEY_ADVICE } from '../../secrets/key-advice.ts'
import type { KeyDefect } from '../../secrets/credential.ts'
import type { Cause, Confidence, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { sentence, theKey } from '../words.ts'

/** LangSmith publishes no grammar for its keys: only what cannot be any key is certain. */
const CONFIDENCE: Readonly<Record<Exclude<KeyDefect, 'legacy'>, Confidence>> = {
  placeholder: 'certain',
  'control-character': 'certain',
  quotes: 'likely',
  'bearer-prefix': 'likely',
  assignment: 'likely',
  'inner-blank': 'likely',
  'non-ascii': 'likely',
  'wrong-length': 'likely',
  'unknown-shape': 'possible'
}

/** Speaks where LangSmith gave no reason that has nothing to do with the key's text. */
export function keyMalformed (evidence: Evidence): Cause | undefined {
  const statement = statementOf(evidence)
  if (statement !== 'no-key' && statement !== 'forbidden' && statement !== 'unknown') return undefined
  const defects = evidence.route.keyShape.defects.filter((defect) => defect !== 'legacy')
  const worst = defects.find((defect) => CONFIDENCE[defect] === 'certain') ?? defects[0]
  if (worst === undefined) return undefined
  const { says, fix } = KEY_ADVICE[worst]
  const others = defects.filter((defect) => defect !== worst).map((defect) => `; it also ${KEY_ADVICE[defect].says}`)
  return {
    code: 'key-malformed',
    confidence: CONFIDENCE[worst],
    summary: `${sentence(theKey(evidence))} ${says}${others.join('')}.`,
    fix: `in ${evidence.route.secretRef}: ${fix}`
  }
}

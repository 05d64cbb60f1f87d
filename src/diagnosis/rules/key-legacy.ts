// Keys that start with ls__ are refused since 22 October 2024 (langsmith-sdk issue 1201, key migration note).

import { NEW_KEY } from '../../secrets/key-advice.ts'
import type { Cause, Evidence } from '../diagnosis.ts'
import { statementOf } from '../statement.ts'
import { theKey } from '../words.ts'

export function keyLegacy (evidence: Evidence): Cause | undefined {
  const statement = statementOf(evidence)
  const said = statement === 'legacy-key'
  const guessed = evidence.route.keyShape.kind === 'legacy' && (statement === 'no-key' || statement === 'forbidden' || statement === 'unknown')
  if (!said && !guessed) return undefined
  return {
    code: 'key-legacy',
    confidence: said ? 'certain' : 'likely',
    summary: `LangSmith no longer takes keys of the old kind (ls__), and ${theKey(evidence)} is one.`,
    fix: `${NEW_KEY}, and store it as ${evidence.route.secretRef}`
  }
}

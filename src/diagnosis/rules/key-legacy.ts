// Keys that start with ls__ are refused since 22 October 2024 (langsmith-sdk issue 1201, key migration note).

import { NEW_KEY } from '../../secrets/key-advice.ts'
import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage, sdkIssue } from '../sources.ts'
import { standingOf } from '../standing.ts'
import { theKey, whereToKeep } from '../words.ts'
import { CERTAIN, LIKELY } from '../weights.ts'

export const keyLegacy: Rule = {
  code: 'key-legacy',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [4],
  seen: '401 `{"detail":"Using legacy API key. Please generate a new API key."}`.',
  means: 'The key starts with `ls__`; LangSmith refuses this old kind since 22 October 2024.',
  remedy: 'Create a new key at LangSmith → Settings → API Keys and store it in place of the old one.',
  sureness: 'Certain where LangSmith says so; likely where the key starts with `ls__` and LangSmith gives no reason.',
  sources: [sdkIssue(1201), docsPage('create-account-api-key')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { statement } = evidence
  const said = statement === 'legacy-key'
  const unclear = statement === 'no-key' || statement === 'forbidden' || statement === 'unknown'
  const guessed = evidence.route.keyShape.kind === 'legacy' && unclear && standingOf(evidence) !== 'accepted'
  if (!said && !guessed) return undefined
  return {
    // Above what is concluded from its being refused everywhere.
    weight: said ? CERTAIN : LIKELY + 28,
    summary: `LangSmith no longer takes keys of the old kind (ls__), and ${theKey(evidence)} is one.`,
    fix: `${NEW_KEY}, and ${whereToKeep(evidence.route.secretRef)}`
  }
}

// How sure a suspicion is: a number for the ranking, a word for people.

import type { Confidence } from './diagnosis.ts'

/** Levels to build a weight from; add or take a few points to rank within a level. */
export const CERTAIN = 95
export const LIKELY = 60
export const POSSIBLE = 30
/** The most that a case may weigh which nobody has confirmed: below every confirmed one. */
export const MOST_INFERRED = 9

/**
 * The causes of a bare Forbidden as long as nothing tells them apart, the most usual first (docs/langsmith-api.md, 4.3).
 * People read three, and four fit a first write with a workspace set. There the kind of the key decides: a personal key
 * ends with its owner's membership, a service key is made for some workspaces and with a role of its own.
 */
export const BARE = {
  otherRegion: POSSIBLE + 8,
  personalRevoked: POSSIBLE + 6,
  workspace: POSSIBLE + 4,
  roleForWrite: POSSIBLE + 2,
  serviceRevoked: POSSIBLE + 1,
  serviceRoleForRead: POSSIBLE - 3,
  noWorkspace: POSSIBLE - 4,
  personalRoleForRead: POSSIBLE - 10
} as const
/** What the call itself or the settings point at, without proof: ahead of all those. */
export const POINTED_AT = POSSIBLE + 9
/** What LangSmith's words name, though nobody has recorded them: ahead of what else is only possible. */
export const NAMED = POINTED_AT + 2

/** From which weight on a suspicion is called so. */
const CERTAIN_FROM = 90
const LIKELY_FROM = 50

export function confidenceOf (weight: number): Confidence {
  if (weight >= CERTAIN_FROM) return 'certain'
  return weight >= LIKELY_FROM ? 'likely' : 'possible'
}

// What is known of the key apart from the refusal at hand: what read-only calls showed, and what this process
// has seen of it.

import type { Evidence, OtherRoute } from './diagnosis.ts'
import { isWrite, permissionFor } from './permissions.ts'

/**
 * What read-only calls showed. `accepted` = key and workspace are fine for reading projects; `known` = LangSmith knows the
 * key, but not with this workspace or for this; `refused` = it refuses the key whatever it is asked; `untold` = not asked, or no answer.
 */
export type Standing = 'accepted' | 'known' | 'refused' | 'untold'

export function standingOf ({ findings }: Evidence): Standing {
  if (findings === undefined || findings.sessions === 'untold') return 'untold'
  if (findings.sessions === 'accepted') return 'accepted'
  if (findings.workspaces.said === 'accepted' || findings.sessionsWithoutWorkspace === 'accepted') return 'known'
  return findings.workspaces.said === 'refused' ? 'refused' : 'untold'
}

/** LangSmith accepted this version of the key on this route before, with whatever workspace. */
export function workedBefore ({ history }: Evidence): boolean {
  return history.readWorked !== undefined || history.writeWorked !== undefined
}

/** The same with the workspace that is set now: a changed one makes a new version of the credential. */
export function workedAsItIs ({ history, key }: Evidence): boolean {
  return [history.readWorked, history.writeWorked].some((ago) => ago !== undefined && ago <= key.age)
}

/** A route to the same upstream where LangSmith accepts the same key. */
export function routeThatWorks ({ route, others }: Evidence): OtherRoute | undefined {
  return others.find(({ sameKey, works, upstreamHost }) => sameKey && works && upstreamHost === route.upstreamHost)
}

/** Whether the key cannot be unknown here: then it is neither of another region nor cut off. */
export function isKnownHere (evidence: Evidence): boolean {
  const standing = standingOf(evidence)
  return standing === 'accepted' || standing === 'known' || workedBefore(evidence) || routeThatWorks(evidence) !== undefined
}

/** Calls that nearly all roles may make, so that their refusal says more about the key than about the role. */
const ORDINARY: ReadonlySet<string | undefined> = new Set(['runs:create', 'runs:read', 'projects:read'])
/** A success longer ago says little about now, in milliseconds. */
const LATELY = 10 * 60_000

/**
 * What the past calls on this route say about this one. `same` = calls of its kind (reading or writing) worked; `other` = only
 * calls of the other kind did, and lately: a role may allow one and not the other.
 */
export function pastCalls ({ history, method, path }: Evidence): 'same' | 'other' | 'nothing' {
  const [own, other] = isWrite(method, path) ? [history.writeWorked, history.readWorked] : [history.readWorked, history.writeWorked]
  if (own !== undefined) return 'same'
  return other !== undefined && other <= LATELY ? 'other' : 'nothing'
}

export function isOrdinaryCall ({ method, path }: Evidence): boolean {
  return ORDINARY.has(permissionFor(method, path))
}

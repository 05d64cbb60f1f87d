// What is known of the key apart from the refusal at hand: what read-only calls showed, and what this process
// has seen of it.

import type { Evidence, History, OtherRoute } from './diagnosis.ts'
import { isWrite, permissionFor } from './permissions.ts'
import { bareSegments } from '../routes/bare-path.ts'

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
/** What happened longer ago says little about now, in milliseconds. */
export const LATELY = 10 * 60_000

/**
 * What the past calls on this route say about this one. `same` = calls of its kind (reading or writing) worked, or those of the
 * other kind did and are refused by now; `other` = only calls of the other kind work, and did lately: a role may allow one and not the other.
 */
export function pastCalls ({ history, method, path }: Evidence): 'same' | 'other' | 'nothing' {
  const [own, other] = isWrite(method, path) ? [history.writeWorked, history.readWorked] : [history.readWorked, history.writeWorked]
  if (own !== undefined || history.stopped !== undefined) return 'same'
  return other !== undefined && other <= LATELY ? 'other' : 'nothing'
}

/** @param call - Its path as the API documents it, without query. */
export function isOrdinaryCall ({ method, path }: Pick<Evidence, 'method' | 'path'>): boolean {
  return ORDINARY.has(permissionFor(method, path)) && isPlain(path)
}

/** Not something below a thing, for which the documentation may name another permission. */
export function isPlain (path: string): boolean {
  const segments = bareSegments(path)
  return segments.length <= 2 || ['otel', 'commits'].includes(segments[0] ?? '')
}

/** LangSmith accepted a call of whatever kind in the last ten minutes. */
export function workedLately (history: History): boolean {
  return sinceSuccess(history) <= LATELY
}

/** So soon after a success, a refusal is about the call and not about the key, in milliseconds. */
const JUST_NOW = 10_000

/** LangSmith refuses again and again, and accepted nothing in the last seconds: one refusal may be about one call. */
export function isRefusedAgain ({ history }: Evidence): boolean {
  return history.inARow >= 2 && sinceSuccess(history) >= JUST_NOW
}

/** Milliseconds; endless where there was none. */
function sinceSuccess ({ readWorked = Infinity, writeWorked = Infinity }: History): number {
  return Math.min(readWorked, writeWorked)
}

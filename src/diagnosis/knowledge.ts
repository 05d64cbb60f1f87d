// What this process learns about its routes and keys while it runs, and what it may ask to learn more: the history
// of each key, the findings of read-only calls, and the check at the start.

import { withoutBase } from './evidence.ts'
import type { Known } from './evidence.ts'
import { createHistory } from './history.ts'
import { needsKey } from './needs-key.ts'
import { otherRoutes } from './others.ts'
import { isWrite, permissionFor } from './permissions.ts'
import type { Findings } from './findings.ts'
import { createInvestigator } from './probe/investigator.ts'
import { createKeyExpiry } from './probe/key-expiry.ts'
import { isOrdinaryCall } from './standing.ts'
import { createStartupCheck } from './startup-check.ts'
import type { CheckedPlan } from './startup-check.ts'
import type { Emit, ProxyEvent, RequestCompleted } from '../events.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'
import { isPage, isRefusal } from '../upstream/refusal-tap.ts'
import type { Refused } from '../upstream/refusal-tap.ts'

export interface Knowledge {
  /** Learns from what happens; takes every event. */
  readonly note: Emit
  /** What is known when an answer has come, and how to learn more about it. */
  readonly about: (refused: Refused, plan: CheckedPlan) => { readonly known: Known, readonly investigate: () => Promise<Findings | undefined> | undefined }
  /** Follows this config from now on. */
  readonly follow: (plan: CheckedPlan) => void
  /** Whether the check at the start holds nothing up. */
  readonly keysAccepted: () => boolean
  /** Asks no more at the start of things; for a proxy that stops. */
  readonly stop: () => void
  /** Ends what is being asked. */
  readonly close: () => void
}

/**
 * @param onDefect - Takes errors that no code expected.
 * @param tellExpiry - Takes when a version of a key ends, in milliseconds since 1970.
 */
export function createKnowledge (emit: Emit, onDefect: (error: unknown) => void, tellExpiry: (fingerprint: string, at: number) => void): Knowledge {
  const now = (): number => performance.now()
  const history = createHistory(now)
  const investigator = createInvestigator({ now, onDefect })
  const startupCheck = createStartupCheck({ emit, onDefect, history, investigator, knownOf })
  const keyExpiry = createKeyExpiry({ tell: tellExpiry, onDefect })
  let routes: readonly Route[] = []
  let followedAt = 0

  function knownOf (all: readonly Route[], route: Route, credential: Credential): Known {
    const found = investigator.known(route, credential)
    return {
      history: history.of({ route: route.prefix, fingerprint: credential.apiKey.fingerprint }),
      others: otherRoutes(all, route, credential, history),
      findings: found?.findings,
      foundAgo: found?.ago,
      now: Date.now()
    }
  }

  /** Only a plain success of the API: gates answer with redirects and pages, and many calls need no key. */
  function noteSuccess ({ source, status, page, route: prefix, fingerprint, method, path, duration_ms: duration }: RequestCompleted): void {
    if (now() - duration < followedAt) return // it began under another config, perhaps with another upstream
    if (source !== 'upstream' || status < 200 || status >= 300 || page === true || prefix === undefined || fingerprint === undefined) return
    const inside = prefix === '/' ? path : path.slice(prefix.length)
    if (!needsKey(method, inside)) return
    startupCheck.accepted(prefix, fingerprint)
    history.accepted({ route: prefix, fingerprint }, isWrite(method, inside))
    const route = routes.find((known) => known.prefix === prefix)
    if (route !== undefined) investigator.accepted(route, fingerprint, () => permissionFor(method, inside))
  }

  /** Only LangSmith's own no to a call that nearly all roles may make says something about the key. */
  function noteRefusal ({ method, path, headers, route, credential: { apiKey: { fingerprint } } }: Refused): void {
    const call = { method, path: withoutBase(path, route.upstream) }
    const isTelling = isOrdinaryCall(call) && !isPage(headers)
    history.refused({ route: route.prefix, fingerprint }, !isTelling ? undefined : isWrite(method, call.path) ? 'write' : 'read')
    if (isTelling && permissionFor(method, call.path) === 'projects:read') investigator.refusedList(route, fingerprint)
  }

  /** A round that was allowed to list projects is a success of the key as any other. */
  async function learn (route: Route, { apiKey: { fingerprint } }: Credential, round: Promise<Findings | undefined>): Promise<Findings | undefined> {
    const findings = await round
    if (findings?.sessions === 'accepted') history.accepted({ route: route.prefix, fingerprint }, false)
    return findings
  }

  /** @param works - LangSmith accepted the new version in a call of ours, on the first route that uses the credential. */
  function noteRotation (credential: string, fingerprint: string, works: boolean): void {
    startupCheck.rotated(credential, works)
    const tested = routes.find((route) => route.credential.name === credential)
    if (works && tested !== undefined) keyExpiry.accepted(tested.prefix, fingerprint)
  }

  return {
    note (event: ProxyEvent) {
      if (event.event === 'request.completed') noteSuccess(event)
      if (event.event === 'route.checked' && event.result === 'accepted') keyExpiry.accepted(event.route, event.fingerprint)
      if (event.event === 'credential.rotated') noteRotation(event.credential, event.to, event.test === 'accepted')
      if (event.event === 'credential.reverted') noteRotation(event.credential, event.to, true)
    },
    about (refused, plan) {
      const { status, route, credential } = refused
      if (isRefusal(status)) noteRefusal(refused)
      return {
        known: knownOf(plan.routes, route, credential),
        investigate () {
          const round = investigator.investigate(plan.hostsFor(route), credential, plan.config.diagnosis.probe)
          return round === undefined ? undefined : learn(route, credential, round)
        }
      }
    },
    follow (plan) {
      for (const { prefix } of routes.filter((route) => !leadsTheSameWay(route, plan.routes))) history.forget(prefix);
      ({ routes } = plan)
      followedAt = now()
      keyExpiry.follow(plan)
      startupCheck.follow(plan)
    },
    keysAccepted: startupCheck.isPassed,
    stop () {
      startupCheck.stop()
      keyExpiry.stop()
    },
    close () {
      startupCheck.stop()
      keyExpiry.stop()
      investigator.close()
    }
  }
}

function leadsTheSameWay ({ prefix, upstream }: Route, next: readonly Route[]): boolean {
  return next.some((route) => route.prefix === prefix && route.upstream.origin === upstream.origin && route.upstream.basePath === upstream.basePath)
}

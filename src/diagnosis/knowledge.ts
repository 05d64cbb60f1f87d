// What this process learns about its routes and keys while it runs, and what it may ask to learn more: the history
// of each key, the findings of read-only calls, and the check at the start.

import type { Known } from './evidence.ts'
import { createHistory } from './history.ts'
import { otherRoutes } from './others.ts'
import { isWrite } from './permissions.ts'
import type { Findings } from './findings.ts'
import { createInvestigator } from './probe/investigator.ts'
import { isPublicCall } from './public-call.ts'
import { createStartupCheck } from './startup-check.ts'
import type { CheckedPlan } from './startup-check.ts'
import type { Emit, ProxyEvent, RequestCompleted } from '../events.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'
import { isRefusal } from '../upstream/refusal-tap.ts'
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

/** @param onDefect - Takes errors that no code expected. */
export function createKnowledge (emit: Emit, onDefect: (error: unknown) => void): Knowledge {
  const now = (): number => performance.now()
  const history = createHistory(now)
  const investigator = createInvestigator({ now, onDefect })
  const startupCheck = createStartupCheck({ emit, onDefect, history, investigator, knownOf })
  let routes: readonly Route[] = []

  function knownOf (all: readonly Route[], route: Route, credential: Credential): Known {
    return {
      history: history.of({ route: route.prefix, fingerprint: credential.apiKey.fingerprint }),
      others: otherRoutes(all, route, credential, history),
      findings: investigator.known(route, credential),
      now: Date.now()
    }
  }

  /** Only a plain success of the API: gates answer with redirects and pages, and some calls need no key. */
  function noteSuccess ({ source, status, page, route: prefix, fingerprint, method, path }: RequestCompleted): void {
    if (source !== 'upstream' || status < 200 || status >= 300 || page === true || prefix === undefined || fingerprint === undefined) return
    const inside = prefix === '/' ? path : path.slice(prefix.length)
    if (isPublicCall(inside)) return
    const write = isWrite(method, inside)
    startupCheck.accepted(prefix, fingerprint)
    history.accepted({ route: prefix, fingerprint }, write)
    const route = routes.find((known) => known.prefix === prefix)
    if (route !== undefined) investigator.accepted(route, fingerprint, write)
  }

  return {
    note (event: ProxyEvent) {
      if (event.event === 'request.completed') noteSuccess(event)
      if (event.event === 'credential.rotated') startupCheck.rotated(event.credential, event.test === 'accepted')
      if (event.event === 'credential.reverted') startupCheck.rotated(event.credential, true)
    },
    about ({ status, route, credential }, plan) {
      if (isRefusal(status)) history.refused({ route: route.prefix, fingerprint: credential.apiKey.fingerprint })
      return {
        known: knownOf(plan.routes, route, credential),
        investigate: () => investigator.investigate(plan.hostsFor(route), credential, plan.config.diagnosis.probe)
      }
    },
    follow (plan) {
      ({ routes } = plan)
      startupCheck.follow(plan)
    },
    keysAccepted: startupCheck.isPassed,
    stop: startupCheck.stop,
    close () {
      startupCheck.stop()
      investigator.close()
    }
  }
}

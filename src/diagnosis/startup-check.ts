// Tries the keys of all routes at the start, in the background: one call for each way and credential. With strict the
// ready page waits until LangSmith has accepted every key, whoever found that out: this check, a client's
// request, or the test of a new value. What was accepted once is not asked again.

import type { Known } from './evidence.ts'
import { fewAtATime } from './few-at-a-time.ts'
import type { HistoryKeeper } from './history.ts'
import type { ProbeHosts } from './probe/hosts.ts'
import type { Investigator } from './probe/investigator.ts'
import { forget, FIRST_RETRY_MS, groupsOf } from './route-group.ts'
import type { RouteGroup } from './route-group.ts'
import { resultOf, tryKeyOf } from './route-check.ts'
import type { Tried } from './route-check.ts'
import type { Config } from '../config/config.ts'
import type { RouteChecked } from './events.ts'
import type { Emit } from '../events.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'

/** A config in use. */
export interface CheckedPlan {
  readonly config: Pick<Config, 'startup' | 'diagnosis'>
  readonly routes: readonly Route[]
  readonly hostsFor: (route: Route) => ProbeHosts
}

export interface StartupCheckParts {
  readonly emit: Emit
  /** Takes errors that no code expected. */
  readonly onDefect: (error: unknown) => void
  readonly history: Pick<HistoryKeeper, 'accepted' | 'refused'>
  readonly investigator: Pick<Investigator, 'accepted' | 'refusedList' | 'investigate'>
  readonly knownOf: (routes: readonly Route[], route: Route, credential: Credential) => Known
}

export interface StartupCheck {
  /** Follows this config from now on; routes that are new or changed are asked. Returns at once. */
  readonly follow: (plan: CheckedPlan) => void
  /** LangSmith accepted a client's request on a route. */
  readonly accepted: (prefix: string, fingerprint: string) => void
  /** A credential has another value. @param works - LangSmith accepted it, on the first route that uses it. */
  readonly rotated: (credential: string, works: boolean) => void
  /** Nothing holds the ready page. */
  readonly isPassed: () => boolean
  readonly stop: () => void
}

/** A config may have hundreds of credentials, and requests need connections, too. */
const MOST_AT_ONCE = 8
/** Between two tries while strict waits; it doubles up to this. Milliseconds. */
const LAST_RETRY_MS = 60_000

export function createStartupCheck ({ emit, onDefect, history, investigator, knownOf }: StartupCheckParts): StartupCheck {
  const inTurn = fewAtATime(MOST_AT_ONCE)
  let plan: CheckedPlan | undefined
  let groups: readonly RouteGroup[] = []

  function isStrict (): boolean {
    return plan?.config.startup.check === 'strict'
  }

  function begin (group: RouteGroup): void {
    forget(group)
    if (plan !== undefined) void check(group, plan).catch(onDefect)
  }

  async function check (group: RouteGroup, { config, routes, hostsFor }: CheckedPlan): Promise<void> {
    const { credential: { current }, routes: [route] } = group
    if (current === undefined || route === undefined) return // rotated() follows when the key is there
    const call = group.call = Symbol('call')
    const tried = await inTurn(() => tryKeyOf(route, current, hostsFor(route).own))
    for (const each of group.routes) {
      if (group.call !== call) return
      note(group, each, tried)
      const result = await resultOf(each, tried, {
        known: () => knownOf(routes, each, current),
        investigate: () => investigator.investigate(hostsFor(each), current, config.diagnosis.probe)
      })
      if (group.call !== call) return
      if (result.result === 'accepted') group.accepted = true
      report(group, result)
    }
    if (group.call !== call) return
    group.call = undefined
    if (group.accepted || !isStrict()) return
    group.timer = setTimeout(() => { begin(group) }, group.retryMs).unref()
    group.retryMs = Math.min(group.retryMs * 2, LAST_RETRY_MS)
  }

  function note (group: RouteGroup, route: Route, { credential, verdict: { says } }: Tried): void {
    const pair = { route: route.prefix, fingerprint: credential.apiKey.fingerprint }
    if (says === 'refused') {
      history.refused(pair, 'read')
      investigator.refusedList(route, pair.fingerprint)
    }
    if (says !== 'accepted') return
    group.accepted = true
    history.accepted(pair, false)
    investigator.accepted(route, pair.fingerprint, () => 'projects:read')
  }

  function report ({ told }: RouteGroup, event: RouteChecked): void {
    const { route, fingerprint, result, status, reason, diagnosis } = event
    const text = [fingerprint, result, status, reason, diagnosis?.code].join(' ')
    if (told.get(route) === text) return
    told.set(route, text)
    emit(event)
  }

  return {
    follow (next) {
      const before = groups
      before.forEach(forget)
      plan = next
      groups = isAsked(next.config) ? groupsOf(next.routes, before) : []
      for (const group of groups) {
        const isNew = group.routes.some(({ prefix }) => !group.told.has(prefix))
        if (isNew || (isStrict() && !group.accepted)) begin(group)
      }
    },
    accepted (prefix, fingerprint) {
      const group = groups.find(({ routes }) => routes.some((route) => route.prefix === prefix))
      if (group?.credential.current?.apiKey.fingerprint === fingerprint) group.accepted = true
    },
    rotated (credential, works) {
      const tested = plan?.routes.find((route) => route.credential.name === credential)
      for (const group of groups) {
        if (group.accepted || group.credential.name !== credential) continue
        group.accepted = works && group.routes.some((route) => route === tested)
        group.retryMs = FIRST_RETRY_MS
        if (group.accepted) forget(group)
        else if (isStrict() || group.told.size === 0) begin(group)
      }
    },
    isPassed: () => !isStrict() || groups.every(({ accepted }) => accepted),
    stop () {
      groups.forEach(forget)
      plan = undefined
    }
  }
}

/** No call of our own leaves with probe: off, unless somebody asked for strict by name. */
function isAsked ({ startup, diagnosis }: CheckedPlan['config']): boolean {
  return startup.check === 'strict' || (startup.check === 'warn' && diagnosis.probe !== 'off')
}

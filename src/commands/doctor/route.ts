// One route, from its key to what LangSmith says to it, in the order in which a request would meet the obstacles. What
// comes behind an obstacle is not tried.

import { isIP } from 'node:net'
import { judgeApi, judgeLatency, judgeOther, judgeRoot } from './checks/api.ts'
import { judgeClock } from './checks/clock.ts'
import { judgeExpiry } from './checks/expiry.ts'
import { isAccepted, judgeKey, judgeRegions } from './checks/key.ts'
import { judgeLimits } from './checks/limits.ts'
import { judgePermissions } from './checks/permissions.ts'
import { judgeSecret } from './checks/secret.ts'
import { judgeTls } from './checks/tls.ts'
import { judgeEgress, judgeName, judgeTcp } from './checks/way.ts'
import { judgeWorkspace } from './checks/workspace.ts'
import { openTcp, resolveName, seeCertificate } from './dial.ts'
import { skip } from './finding.ts'
import type { CheckName, Finding } from './finding.ts'
import { isLoopback } from '../../config/addresses.ts'
import type { Notice } from '../../config/config.ts'
import { diagnose } from '../../diagnosis/diagnose.ts'
import type { OtherRoute } from '../../diagnosis/diagnosis.ts'
import { collectEvidence } from '../../diagnosis/evidence.ts'
import { INFO, ROOT_INFO, SESSIONS } from '../../diagnosis/probe/calls.ts'
import type { ProbeHosts } from '../../diagnosis/probe/hosts.ts'
import { askExpiry } from '../../diagnosis/probe/key-expiry.ts'
import { runRound } from '../../diagnosis/probe/round.ts'
import type { ProbeMode } from '../../diagnosis/probe/round.ts'
import type { Route } from '../../routes/route.ts'
import type { Credential } from '../../secrets/credential.ts'
import { ask, headerOf } from '../../upstream/ask.ts'

/** For the round of calls about a key, so that a route takes about 15 seconds at most. */
const ROUND_MS = 6000

export interface Examined {
  readonly route: Route
  /** PEM text that is trusted instead of the system's authorities. */
  readonly ca: string | undefined
  /** What reading the secret said. */
  readonly notices: readonly Notice[]
  readonly hosts: ProbeHosts
  readonly mode: ProbeMode
  /** What is known of the other routes by now. */
  readonly others: (credential: Credential) => readonly OtherRoute[]
}

export interface Tools {
  /** Told what is about to be looked at. */
  readonly working: (check: CheckName) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const NOT_REACHED = 'LangSmith was not reached'

/** Gives each finding as soon as there is one. */
export async function* examineRoute (examined: Examined, tools: Tools): AsyncGenerator<Finding, void, void> {
  const { route, notices, hosts } = examined
  yield* judgeSecret(route.credential, notices)
  const obstacle = (yield* examineWay(examined, tools)) ? yield* examineApi(hosts, tools) : NOT_REACHED
  if (obstacle !== undefined) {
    yield skip('key', `not tried, because ${obstacle}`)
    return
  }
  const { current } = route.credential
  if (current === undefined) yield skip('key', 'not tried, because there is none')
  else yield* examineKey(current, examined, tools)
}

/** @returns Whether the way is open. */
async function* examineWay ({ route, ca }: Examined, { working, now }: Tools): AsyncGenerator<Finding, boolean, void> {
  const { upstream, egress } = route
  if (egress === undefined) { // else the egress proxy looks up the name and connects
    if (isIP(upstream.hostname) === 0 && !isLoopback(upstream.hostname)) {
      working('name')
      const named = judgeName(upstream.hostname, await resolveName(upstream.hostname))
      yield named
      if (named.state === 'fail') return false
    }
    working('tcp')
    const connected = judgeTcp(upstream, await openTcp(upstream))
    yield connected
    if (connected.state === 'fail') return false
  }
  if (!upstream.tls) return true
  working(egress === undefined ? 'tls' : 'egress')
  const seen = await seeCertificate(route, ca)
  const through = judgeEgress(route, seen)
  if (through !== undefined) yield through
  if (through?.state === 'fail') return false
  const trusted = judgeTls(upstream.host, seen, now())
  yield trusted
  return trusted.state !== 'fail'
}

/** @returns Why the key cannot be tried; undefined where it can. */
async function* examineApi ({ own }: ProbeHosts, { working, now }: Tools): AsyncGenerator<Finding, string | undefined, void> {
  working('api')
  const first = await ask(own, undefined, INFO)
  const { host } = own.route.upstream
  const other = first.answered && first.status === 404 ? judgeOther(host, await ask(own, undefined, ROOT_INFO)) : undefined
  const api = other ?? judgeApi(host, first)
  yield api
  if (!first.answered) return NOT_REACHED
  yield judgeClock(headerOf(first.headers, 'date'), now())
  if (other !== undefined) return 'only the main API can be asked about it'
  if (api.state === 'fail') return 'no LangSmith API was found'
  const { region, selfHosted, origin } = own.route.upstream
  const root = region === undefined && !selfHosted && api.state === 'ok' ? judgeRoot(origin, await ask(own, undefined, ROOT_INFO)) : undefined
  if (root !== undefined) yield root
  working('latency')
  const latency = judgeLatency(await ask(own, undefined, INFO)) // the first one also made the connection
  if (latency !== undefined) yield latency
  return undefined
}

async function* examineKey (credential: Credential, { route, hosts, mode, others }: Examined, { working, now }: Tools): AsyncGenerator<Finding, void, void> {
  working('key')
  const asked = await ask(hosts.own, credential, SESSIONS)
  const findings = await runRound(hosts, credential, mode, AbortSignal.timeout(ROUND_MS))
  const works = isAccepted(asked)
  const diagnosis = works || !asked.answered
    ? undefined
    : diagnose(collectEvidence({ ...asked, method: 'GET', path: SESSIONS.path, removed: [], client: undefined, route, credential },
        { history: { readWorked: undefined, writeWorked: undefined, inARow: 1 }, others: others(credential), findings, now: now() }))
  const about = judgeKey({ host: route.upstream.host, credential, asked, findings, diagnosis })
  yield* judgeRegions(findings)
  yield* about
  const accepted = works || findings.workspaces.said === 'accepted'
  if (accepted) { // else nothing is told to this key
    const rest = [judgeWorkspace(findings, credential, works), judgePermissions(findings, credential), ...judgeLimits(findings, credential)]
    // What the diagnosis is about is told by it, and beside a refusal nobody misses what could not be found out.
    yield* rest.filter(({ check, state }) => !about.some((told) => told.check === check) && (works || state !== 'skip'))
  }
  working('expiry')
  yield judgeExpiry(credential, now(), accepted, accepted && credential.expiresAt === undefined ? await askExpiry(hosts.own, credential) : undefined)
}

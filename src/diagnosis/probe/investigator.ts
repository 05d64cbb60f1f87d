// Decides when to ask LangSmith why it refused, and keeps what was found: at most one round for each version of a credential
// in ten minutes, never on a request's own time.

import type { ProbeHosts } from './hosts.ts'
import { endsFindings } from './contradiction.ts'
import { runRound } from './round.ts'
import type { AskedHost } from '../../upstream/ask.ts'
import type { Findings } from '../findings.ts'
import type { Config } from '../../config/config.ts'
import type { Credential } from '../../secrets/credential.ts'
import type { Route } from '../../routes/route.ts'

/** Findings of an earlier round. */
export interface Found {
  readonly findings: Findings
  /** Since the round began, in milliseconds. */
  readonly ago: number
}

export interface Investigator {
  /** What is known already about this version of a credential on the route's upstream, unless an answer since has contradicted it. */
  readonly known: (route: Pick<Route, 'upstream'>, credential: Credential) => Found | undefined
  /**
   * Starts a round, or joins the one under way; undefined where none may be made now. Never rejects; undefined comes
   * where nothing was found out, and after close().
   */
  readonly investigate: (hosts: ProbeHosts, credential: Credential, mode: Config['diagnosis']['probe']) => Promise<Findings | undefined> | undefined
  /** LangSmith accepted a call: findings that say otherwise do not hold any more. @param permission - What the call needs, if it is documented. */
  readonly accepted: (route: Pick<Route, 'upstream'>, fingerprint: string, permission: () => string | undefined) => void
  /** LangSmith refused to list projects after a round was allowed to: what that found does not hold any more, and there is no other round for it. */
  readonly refusedList: (route: Pick<Route, 'upstream'>, fingerprint: string) => void
  /** Ends the rounds under way; none is made afterwards. */
  readonly close: () => void
}

export interface InvestigatorParts {
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
  /** Takes errors that no code expected. */
  readonly onDefect: (error: unknown) => void
  /** Credentials that are remembered; a config has far fewer than usual. */
  readonly mostCredentials?: number
}

/** Between the beginnings of two rounds about the same key, workspace and upstream, and how long findings hold, in milliseconds. */
export const ROUND_EVERY_MS = 10 * 60_000
/** In that time, about one name in the config: who tries one key or workspace after another is helped each time, a flood is not. */
export const MOST_ROUNDS = 6
const MOST_CREDENTIALS = 2000

/** A round about one version of a credential on one upstream. */
interface Round {
  readonly about: Subject
  /** The connection that it used; a reload of the config closes it. */
  readonly connection: AskedHost['connection']
  readonly startedAt: number
  /** Undefined once it has ended. */
  underWay: Promise<Findings | undefined> | undefined
  findings: Findings | undefined
  /** What calls needed that LangSmith accepted since it began; there are few permissions. */
  readonly accepted: Set<string | undefined>
}

/** What findings are about: the values that were sent, and where. */
interface Subject {
  readonly fingerprint: string
  readonly workspaceId: string | undefined
  readonly organizationId: string | undefined
  readonly address: string
}

export function createInvestigator ({ now, onDefect, mostCredentials = MOST_CREDENTIALS }: InvestigatorParts): Investigator {
  /** By the name of the credential. */
  const rounds = new Map<string, readonly Round[]>()
  const ending = new AbortController()

  function start (hosts: ProbeHosts, credential: Credential, mode: 'same-host' | 'regions'): Promise<Findings | undefined> {
    const round: Round = {
      about: subjectOf(hosts.own.route, credential), connection: hosts.own.connection, startedAt: now(), underWay: undefined, findings: undefined, accepted: new Set()
    }
    const underWay = find(hosts, credential, mode).then((findings) => {
      round.underWay = undefined
      round.findings = findings
      return findings
    })
    round.underWay = underWay
    remember(credential.name, round)
    return underWay
  }

  async function find (hosts: ProbeHosts, credential: Credential, mode: 'same-host' | 'regions'): Promise<Findings | undefined> {
    await Promise.resolve() // the answer that is asked about is still being read: undici is not to be called again from there
    try {
      const findings = await runRound(hosts, credential, mode, ending.signal)
      return ending.signal.aborted || isNothing(findings) ? undefined : findings
    } catch (error) {
      if (!ending.signal.aborted) onDefect(error)
      return undefined
    }
  }

  /** Newest first; those that are over ten minutes old are forgotten. */
  function roundsOf (name: string): readonly Round[] {
    return (rounds.get(name) ?? []).filter(({ startedAt }) => now() - startedAt < ROUND_EVERY_MS)
  }

  function remember (name: string, round: Round): void {
    const earlier = roundsOf(name)
    rounds.delete(name) // so that the map stays in the order of the last beginnings
    const [oldest] = rounds.keys()
    if (rounds.size >= mostCredentials && oldest !== undefined) rounds.delete(oldest)
    rounds.set(name, [round, ...earlier])
  }

  function lastAbout (route: Pick<Route, 'upstream'>, credential: Credential): Round | undefined {
    const subject = subjectOf(route, credential)
    return roundsOf(credential.name).find(({ about }) => isSame(about, subject))
  }

  function roundsAbout (route: Pick<Route, 'upstream'>, fingerprint: string): readonly Round[] {
    return [...rounds.values()].flat().filter(({ about }) => about.fingerprint === fingerprint && about.address === addressOf(route))
  }

  return {
    known (route, credential) {
      const round = lastAbout(route, credential)
      if (round?.findings === undefined) return undefined
      const { findings, accepted, startedAt } = round
      return [...accepted].some((permission) => endsFindings(findings, credential, permission)) ? undefined : { findings, ago: now() - startedAt }
    },
    investigate (hosts, credential, mode) {
      if (mode === 'off' || ending.signal.aborted) return undefined
      const last = lastAbout(hosts.own.route, credential)
      if (last?.underWay !== undefined) return last.underWay
      // One that a reload cut off has found nothing, and does not count.
      const isCut = last !== undefined && last.findings === undefined && last.connection !== hosts.own.connection
      if ((last !== undefined && !isCut) || roundsOf(credential.name).length >= MOST_ROUNDS) return undefined
      return start(hosts, credential, mode)
    },
    accepted (route, fingerprint, permission) {
      for (const round of roundsAbout(route, fingerprint)) round.accepted.add(permission())
    },
    refusedList (route, fingerprint) {
      for (const round of roundsAbout(route, fingerprint)) if (round.findings?.sessions === 'accepted') round.findings = undefined
    },
    close () { ending.abort() }
  }
}

function subjectOf (route: Pick<Route, 'upstream'>, { apiKey, workspaceId, organizationId }: Credential): Subject {
  return { fingerprint: apiKey.fingerprint, workspaceId, organizationId, address: addressOf(route) }
}

function isSame (a: Subject, b: Subject): boolean {
  return a.fingerprint === b.fingerprint && a.workspaceId === b.workspaceId && a.organizationId === b.organizationId && a.address === b.address
}

function addressOf ({ upstream }: Pick<Route, 'upstream'>): string {
  return upstream.origin + upstream.basePath
}

/** Nobody answered what was asked. */
function isNothing ({ isApi, sessions, sessionsWithoutWorkspace, workspaces, organization, usage, regions }: Findings): boolean {
  const said = [sessions, sessionsWithoutWorkspace ?? 'untold', workspaces.said, organization.said, usage.said, ...Object.values(regions)]
  return isApi === undefined && said.every((one) => one === 'untold')
}

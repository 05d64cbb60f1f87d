// Decides when to ask LangSmith why it refused, and keeps what was found: at most one round for each credential in ten
// minutes, never on a request's own time.

import type { ProbeHosts } from './hosts.ts'
import { runRound } from './round.ts'
import type { Findings } from '../findings.ts'
import type { Config } from '../../config/config.ts'
import type { Credential } from '../../secrets/credential.ts'
import type { Route } from '../../routes/route.ts'

export interface Investigator {
  /** What is known already about this version of a credential on the route's upstream, and still holds. */
  readonly known: (route: Pick<Route, 'upstream'>, credential: Credential) => Findings | undefined
  /**
   * Starts a round, or joins the one under way; undefined where none may be made now. Never rejects; undefined comes
   * where nothing was found out, and after close().
   */
  readonly investigate: (hosts: ProbeHosts, credential: Credential, mode: Config['diagnosis']['probe']) => Promise<Findings | undefined> | undefined
  /** LangSmith accepted a call: findings that say otherwise do not hold any more. */
  readonly accepted: (route: Pick<Route, 'upstream'>, fingerprint: string, write: boolean) => void
  /** Ends the rounds under way; none is made afterwards. */
  readonly close: () => void
}

export interface InvestigatorParts {
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
  /** Takes errors that no code expected. */
  readonly onDefect: (error: unknown) => void
}

/** Between the beginnings of two rounds about one credential, and how long findings hold, in milliseconds. */
export const ROUND_EVERY_MS = 10 * 60_000
/** Credentials that are remembered; a config has far fewer. */
const MOST_CREDENTIALS = 200

/** The last round about one credential, whatever its version or route. */
interface Round {
  readonly about: Subject
  readonly startedAt: number
  /** Undefined once it has ended. */
  underWay: Promise<Findings | undefined> | undefined
  findings: Findings | undefined
  /** What LangSmith accepted since it began. */
  accepted: 'nothing' | 'read' | 'write'
}

/** What findings are about: the values that were sent, and where. */
interface Subject {
  readonly fingerprint: string
  readonly workspaceId: string | undefined
  readonly organizationId: string | undefined
  readonly address: string
}

export function createInvestigator ({ now, onDefect }: InvestigatorParts): Investigator {
  const rounds = new Map<string, Round>()
  const ending = new AbortController()

  function start (hosts: ProbeHosts, credential: Credential, mode: 'same-host' | 'regions'): Promise<Findings | undefined> {
    const round: Round = { about: subjectOf(hosts.own.route, credential), startedAt: now(), underWay: undefined, findings: undefined, accepted: 'nothing' }
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
    try {
      const findings = await runRound(hosts, credential, mode, ending.signal)
      return ending.signal.aborted || isNothing(findings) ? undefined : findings
    } catch (error) {
      if (!ending.signal.aborted) onDefect(error)
      return undefined
    }
  }

  function remember (name: string, round: Round): void {
    rounds.delete(name) // so that the map stays in the order of the beginnings
    const [oldest] = rounds.keys()
    if (rounds.size >= MOST_CREDENTIALS && oldest !== undefined) rounds.delete(oldest)
    rounds.set(name, round)
  }

  return {
    known (route, credential) {
      const round = rounds.get(credential.name)
      if (round?.findings === undefined || now() - round.startedAt >= ROUND_EVERY_MS) return undefined
      if (!isSame(round.about, subjectOf(route, credential)) || round.accepted === 'write') return undefined
      return round.accepted === 'read' && round.findings.sessions === 'refused' ? undefined : round.findings
    },
    investigate (hosts, credential, mode) {
      if (mode === 'off' || ending.signal.aborted) return undefined
      const last = rounds.get(credential.name)
      if (last === undefined) return start(hosts, credential, mode)
      if (last.underWay !== undefined) return isSame(last.about, subjectOf(hosts.own.route, credential)) ? last.underWay : undefined
      return now() - last.startedAt >= ROUND_EVERY_MS ? start(hosts, credential, mode) : undefined
    },
    accepted (route, fingerprint, write) {
      for (const round of rounds.values()) {
        if (round.about.fingerprint !== fingerprint || round.about.address !== addressOf(route)) continue
        if (round.accepted !== 'write') round.accepted = write ? 'write' : 'read'
      }
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

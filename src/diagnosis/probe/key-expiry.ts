// Asks LangSmith when a key ends: in the background, once for each version of a key on each host, and only after LangSmith has
// accepted that version in a call of ours, so that nothing waits for it and no refused key is sent once more.

import { KEYS } from './calls.ts'
import { readKeyList } from './read-key-list.ts'
import type { ToldExpiry } from './read-key-list.ts'
import { fewAtATime } from '../few-at-a-time.ts'
import type { CheckedPlan } from '../startup-check.ts'
import type { Route } from '../../routes/route.ts'
import type { Credential } from '../../secrets/credential.ts'
import { isShortOf } from '../../swap/short-key.ts'
import { ask } from '../../upstream/ask.ts'
import type { AskedHost } from '../../upstream/ask.ts'

export interface KeyExpiry {
  /** Follows this config from now on. */
  readonly follow: (plan: Pick<CheckedPlan, 'config' | 'routes' | 'hostsFor'>) => void
  /** LangSmith accepted a version of a key in a call of ours, on the route with this prefix. Returns at once. */
  readonly accepted: (prefix: string, fingerprint: string) => void
  /** Ends what is being asked; nothing is asked afterwards. */
  readonly stop: () => void
}

export interface KeyExpiryParts {
  /** Takes the end of a version, in milliseconds since 1970; perhaps more than once. */
  readonly tell: (fingerprint: string, at: number) => void
  /** Takes errors that no code expected. */
  readonly onDefect: (error: unknown) => void
}

/** Nobody waits for it, and requests need connections, too. */
const MOST_AT_ONCE = 2
/** Versions that are remembered; a config has far fewer credentials than that. */
const MOST_VERSIONS = 2000

export function createKeyExpiry ({ tell, onDefect }: KeyExpiryParts): KeyExpiry {
  const inTurn = fewAtATime(MOST_AT_ONCE)
  const ending = new AbortController()
  /** Ends by version and host; undefined where LangSmith is being asked, or did not say. A key cannot be extended, so they hold. */
  const ends = new Map<string, number | undefined>()
  let plan: Parameters<KeyExpiry['follow']>[0] | undefined

  function accepted (prefix: string, fingerprint: string): void {
    const route = plan?.routes.find((known) => known.prefix === prefix)
    const credential = route?.credential.current
    if (plan === undefined || route === undefined || plan.config.diagnosis.probe === 'off') return
    if (credential?.apiKey.fingerprint !== fingerprint || credential.expiresAt !== undefined) return // its place says it already
    const version = `${fingerprint} ${route.upstream.origin}${route.upstream.basePath}`
    if (!ends.has(version)) {
      remember(version, undefined)
      void find(version, route, credential).catch(onDefect)
      return
    }
    const at = ends.get(version)
    if (at !== undefined) tell(fingerprint, at) // the credential may be a new one, of a reload
  }

  async function find (version: string, route: Route, credential: Credential): Promise<void> {
    const { fingerprint } = credential.apiKey
    const asked = plan
    const told = await inTurn(async () => asked === plan && asked !== undefined ? askExpiry(asked.hostsFor(route).own, credential, ending.signal) : NOT_ASKED)
    if (told.said === 'unreached') {
      ends.delete(version) // asked again when LangSmith accepts it next
      if (asked !== plan) accepted(route.prefix, fingerprint) // a reload has closed the connection
    } else if (told.said === 'told' && told.expiresAt !== undefined) {
      remember(version, told.expiresAt)
      if (!ending.signal.aborted) tell(fingerprint, told.expiresAt)
    }
  }

  function remember (version: string, at: number | undefined): void {
    const [oldest] = ends.keys()
    if (!ends.has(version) && ends.size >= MOST_VERSIONS && oldest !== undefined) ends.delete(oldest)
    ends.set(version, at)
  }

  return {
    follow (next) { plan = next },
    accepted,
    stop () {
      plan = undefined
      ending.abort()
    }
  }
}

const NOT_ASKED: ToldExpiry = { said: 'unreached' }

/** Takes two seconds at most and never rejects. */
export async function askExpiry (host: AskedHost, credential: Credential, stopping?: AbortSignal): Promise<ToldExpiry> {
  return readKeyList(await ask(host, credential, KEYS, stopping), (shortKey) => isShortOf(shortKey, credential.apiKey))
}

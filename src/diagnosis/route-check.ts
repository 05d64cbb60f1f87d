// Tries the key of a route with one read-only call, and says what came of it, explained where it is a refusal.

import type { Diagnosis } from './diagnosis.ts'
import { diagnose } from './diagnose.ts'
import { collectEvidence } from './evidence.ts'
import type { Known } from './evidence.ts'
import type { Findings } from './findings.ts'
import { MAY_NOT_LIST, mayOnlyWrite } from './ingest-only.ts'
import { mayLearnMore } from './learn-more.ts'
import type { RouteChecked } from './events.ts'
import { upstreamPath } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'
import type { Verdict } from '../secrets/rotation/judge.ts'
import { keyMaskOf } from '../swap/key-mask.ts'
import { ask } from '../upstream/ask.ts'
import type { Asked, AskedHost } from '../upstream/ask.ts'
import { LIST_ONE_PROJECT, verdictOf } from '../upstream/probe.ts'

/** What LangSmith said of a key. */
export interface Tried {
  readonly credential: Credential
  readonly asked: Asked
  readonly verdict: Verdict
}

/** Takes two seconds at most and never rejects. */
export async function tryKeyOf (route: Pick<Route, 'credential'>, credential: Credential, host: AskedHost): Promise<Tried> {
  keyMaskOf(route.credential, credential.apiKey) // the upstream gets to know this key, and may echo it to anybody
  const asked = await ask(host, credential, LIST_ONE_PROJECT)
  return { credential, asked, verdict: verdictOf(asked) }
}

/** How to explain a refusal. */
export interface Means {
  /** What the process knows besides, now. */
  readonly known: () => Known
  /** Asks LangSmith for more, if that is allowed now. */
  readonly investigate: () => Promise<Findings | undefined> | undefined
}

/**
 * The result for one of the routes that the call was made for; a refusal may take a few seconds to explain. A key that may
 * trace and not read is accepted: the call asks for something that it is not made for.
 */
export async function resultOf (route: Route, tried: Tried, means: Means): Promise<RouteChecked> {
  const { credential, asked, verdict } = tried
  const event = {
    event: 'route.checked',
    route: route.prefix,
    credential: credential.name,
    region: route.upstream.region,
    secret_ref: credential.secretRef,
    fingerprint: credential.apiKey.fingerprint,
    result: verdict.says,
    status: asked.answered ? asked.status : undefined
  } as const
  if (verdict.says === 'untold') return { ...event, reason: verdict.reason }
  if (verdict.says === 'accepted') return event
  const { diagnosis, findings } = await explain(route, tried, means)
  return findings !== undefined && mayOnlyWrite(findings, credential) ? { ...event, result: 'accepted', reason: MAY_NOT_LIST } : { ...event, diagnosis }
}

interface Explained {
  readonly diagnosis?: Diagnosis
  readonly findings?: Findings | undefined
}

/** As if a client of this route had got the answer. */
async function explain (route: Route, { credential, asked }: Tried, { known, investigate }: Means): Promise<Explained> {
  if (!asked.answered) return {}
  const { status, headers, body } = asked
  const path = upstreamPath(route, (route.prefix === '/' ? '' : route.prefix) + LIST_ONE_PROJECT.path)
  const evidence = collectEvidence({ status, method: 'GET', path, headers, body, removed: [], client: undefined, route, credential }, known())
  const first = diagnose(evidence)
  const findings = mayLearnMore(first) ? await investigate() : undefined
  return findings === undefined ? { diagnosis: first, findings: evidence.findings } : { diagnosis: diagnose({ ...evidence, findings }), findings }
}

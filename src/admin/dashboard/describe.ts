// What the dashboard shows, from what the program knows. Pure; nothing here is a secret, and what others wrote is masked.

import type { Parts, ProxyPart, RoutePart, SightingPart } from './parts.ts'
import { describeTeam } from './team.ts'
import { clientsPage } from '../clients-page.ts'
import { healthOf } from '../health.ts'
import type { Lifecycle } from '../health.ts'
import { usagePage } from '../usage-page.ts'
import type { ClientList } from '../../access/clients/client.ts'
import type { Config } from '../../config/config.ts'
import { maskFields } from '../../observe/mask-fields.ts'
import type { RouteSightings, Sighting } from '../../observe/route-sightings.ts'
import { STEP_S } from '../../observe/traffic.ts'
import type { Usage } from '../../observe/usage.ts'
import type { Pacing } from '../../pacing/pacing.ts'
import { describeRoute } from '../../routes/describe-route.ts'
import type { Route } from '../../routes/route.ts'
import { expiryOf } from '../../secrets/credential.ts'
import type { MaskText } from '../../swap/mask-text.ts'

export interface Known {
  readonly build: { readonly version: string, readonly node: string }
  readonly lifecycle: Lifecycle
  readonly maskText: MaskText
  readonly sightings: Pick<RouteSightings, 'of'>
  readonly usage: Pick<Usage, 'since' | 'rows'>
  readonly pacing: Pick<Pacing, 'uses'>
  /** Milliseconds since 1970 by the name of the client. */
  readonly lastUsed: ReadonlyMap<string, number>
  /** Of the plan in use. */
  readonly plan: () => { readonly config: Pick<Config, 'source' | 'clients'>, readonly routes: readonly Route[], readonly clients?: { readonly current: ClientList } | undefined }
}

/** The parts that are always sent whole. */
export function describeWhole ({ build, lifecycle, maskText, sightings, usage, pacing, lastUsed, plan }: Known): Pick<Parts, 'proxy' | 'routes' | 'team'> {
  const { config, routes, clients } = plan()
  const proxy: ProxyPart = {
    ...build, started: timeText(usage.since), config: config.source, ready: healthOf('/-/ready', lifecycle).body.trim(),
    keys_required: config.clients.required, step_s: STEP_S
  }
  return {
    proxy: maskFields(proxy, maskText),
    routes: maskFields(routes.map((route) => routePart(route, sightings.of(route.prefix))), maskText),
    team: maskFields(describeTeam(clientsPage(clients?.current ?? new Map(), lastUsed), usagePage(usage, pacing.uses())), maskText)
  }
}

function routePart (route: Route, { check, answer }: ReturnType<RouteSightings['of']>): RoutePart {
  const { current } = route.credential
  const expiry = current === undefined ? undefined : expiryOf(current)
  const seen = [check, answer].filter((sighting) => sighting !== undefined && sighting.fingerprint === current?.apiKey.fingerprint).sort((a, b) => (b?.at ?? 0) - (a?.at ?? 0))
  return {
    ...describeRoute(route),
    since: current === undefined ? undefined : timeText(current.since),
    expires: expiry === undefined ? undefined : timeText(expiry.at),
    state: current === undefined ? 'no-key' : STATES[seen[0]?.result ?? 'untold'],
    last_check: sightingPart(check),
    last_answer: sightingPart(answer)
  }
}

const STATES = { accepted: 'works', refused: 'refused', untold: 'untold' } as const

function sightingPart (sighting: Sighting | undefined): SightingPart | undefined {
  return sighting === undefined ? undefined : { time: timeText(sighting.at), result: sighting.result, status: sighting.status }
}

function timeText (at: number): string {
  return new Date(at).toISOString()
}

// Evidence for the tests of the diagnosis: a refusal as the upstream sends it, with only what matters named.

import type { Route } from '../../src/routes/route.ts'
import { collectEvidence, type Known, type RefusedExchange } from '../../src/diagnosis/evidence.ts'
import type { Evidence, History, OtherRoute } from '../../src/diagnosis/diagnosis.ts'
import type { Findings } from '../../src/diagnosis/findings.ts'
import type { Credential, KeyShape } from '../../src/secrets/credential.ts'
import { Secret } from '../../src/secrets/secret.ts'

export const WORKSPACE = '1c9a6c1e-0000-4000-8000-000000000000'

export interface Refusal {
  readonly status?: number
  readonly method?: string
  readonly path?: string
  readonly type?: string | undefined
  readonly server?: string
  readonly body?: string | Buffer
  readonly kind?: KeyShape['kind']
  readonly defects?: KeyShape['defects']
  readonly workspaceId?: string
  readonly selfHosted?: boolean
  /** More headers of the answer, flat. */
  readonly headers?: readonly string[]
  /** Milliseconds: until the key expires, and since this version of it is known. */
  readonly expiresIn?: number
  readonly age?: number
  readonly history?: Partial<History>
  readonly others?: readonly OtherRoute[]
  readonly findings?: Partial<Findings>
  /** Milliseconds: how old the findings are; left out where LangSmith was asked about this very answer. */
  readonly foundAgo?: number
}

export function refusal (given: Refusal): RefusedExchange {
  const { status = 403, method = 'GET', path = '/api/v1/sessions', body = '', server } = given
  const type = 'type' in given ? given.type : 'application/json'
  return {
    status,
    method,
    path,
    headers: [...(type === undefined ? [] : ['Content-Type', type]), ...(server === undefined ? [] : ['SERVER', server]), ...given.headers ?? []],
    body: Buffer.from(body),
    removed: ['Authorization'],
    client: 'curl/8.5.0',
    route: routeFor(given),
    credential: credentialFor(given)
  }
}

export function evidenceOf (given: Refusal): Evidence {
  return collectEvidence(refusal(given), known(given))
}

/** What the process knows besides; nothing, unless the case names it. */
export function known ({ history, others = [], findings, foundAgo }: Refusal = {}): Known {
  return { history: { readWorked: undefined, writeWorked: undefined, inARow: 1, ...history }, others, findings: findings === undefined ? undefined : { ...NOTHING_FOUND, ...findings }, foundAgo, now: 0 }
}

/** Another route of the config; works, with the same key, unless the case says otherwise. */
export function otherRoute (given: Partial<OtherRoute> = {}): OtherRoute {
  return {
    prefix: '/other', region: 'eu', upstreamHost: 'eu.api.smith.langchain.com', credential: 'second', sameKey: true, works: true, stoppedWorking: false, ...given
  }
}

const NOTHING_FOUND: Findings = {
  isApi: true, sessions: 'untold', sessionsWithoutWorkspace: undefined, workspaces: { said: 'untold', seen: [] },
  organization: { said: 'untold', seen: undefined }, usage: { said: 'untold', rejecting: false, kind: undefined }, regions: {}
}

function credentialFor ({ kind = 'personal', defects = [], workspaceId, expiresIn, age = 0 }: Refusal): Credential {
  return {
    name: 'team', apiKey: new Secret('canary-key'), shape: { kind, defects }, secretRef: 'env:TEAM_KEY', workspaceId, organizationId: undefined, since: -age, expiresAt: expiresIn
  }
}

function routeFor ({ selfHosted = false }: Refusal): Route {
  const hostname = selfHosted ? 'langsmith.internal.example.com' : 'eu.api.smith.langchain.com'
  return {
    prefix: '/eu',
    upstream: {
      origin: `https://${hostname}`, host: hostname, hostname, tls: true, basePath: '', selfHosted, region: selfHosted ? undefined : 'eu'
    },
    credential: { name: 'team', secretRef: 'env:TEAM_KEY', current: undefined },
    caFile: undefined,
    insecure: false,
    open: [],
    policy: undefined,
    egress: undefined
  }
}

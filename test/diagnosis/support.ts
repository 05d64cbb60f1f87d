// Evidence for the tests of the diagnosis: a refusal as the upstream sends it, with only what matters named.

import type { Route } from '../../src/routes/route.ts'
import { collectEvidence, type RefusedExchange } from '../../src/diagnosis/evidence.ts'
import type { Evidence } from '../../src/diagnosis/diagnosis.ts'
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
}

export function refusal (given: Refusal): RefusedExchange {
  const { status = 403, method = 'GET', path = '/api/v1/sessions', body = '', server } = given
  const type = 'type' in given ? given.type : 'application/json'
  return {
    status,
    method,
    path,
    headers: [...(type === undefined ? [] : ['Content-Type', type]), ...(server === undefined ? [] : ['SERVER', server])],
    body: Buffer.from(body),
    removed: ['Authorization'],
    route: routeFor(given),
    credential: credentialFor(given)
  }
}

export function evidenceOf (given: Refusal): Evidence {
  return collectEvidence(refusal(given))
}

function credentialFor ({ kind = 'personal', defects = [], workspaceId }: Refusal): Credential {
  return {
    name: 'team', apiKey: new Secret('canary-key'), shape: { kind, defects }, secretRef: 'env:TEAM_KEY', workspaceId, organizationId: undefined, since: 0, expiresAt: undefined
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
    egress: undefined
  }
}

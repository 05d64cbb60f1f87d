// What the pictures of the dashboard show: an hour of a small team, always the same.

import type { Parts, RefusalPart } from '../../src/admin/dashboard/parts.ts'
import { KEPT_S, STEP_S } from '../../src/observe/traffic.ts'

export const DEMO_TIME = new Date('2026-03-02T14:30:20Z')

const before = (seconds: number): string => new Date(DEMO_TIME.getTime() - seconds * 1000).toISOString()
const DAY_S = 86_400

export function demoParts (): Parts {
  return {
    clock: { now: before(0) },
    proxy: { version: '0.1.0', node: 'v22.23.2', started: before(2 * DAY_S + 11_000), config: '/etc/langsmith-proxy/team.yaml', ready: 'ok', keys_required: true, step_s: STEP_S },
    routes: [
      { ...ROUTE, prefix: '/', upstream: 'https://api.smith.langchain.com', region: 'us', credential: 'us', secret_ref: 'vault:secret/langsmith#us', fingerprint: '5f0c91be', since: before(2 * DAY_S + 11_000), expires: before(-12 * DAY_S - 1) },
      { ...ROUTE, prefix: '/eu', upstream: 'https://eu.api.smith.langchain.com', region: 'eu', credential: 'eu', secret_ref: 'vault:secret/langsmith#eu', fingerprint: 'd27a4410', since: before(3 * 3600), workspace: true, policy: 'no-delete' },
      { ...ROUTE, prefix: '/staging', upstream: 'https://api.smith.langchain.com', region: 'us', credential: 'staging', secret_ref: 'file:/run/secrets/staging', fingerprint: '08e6b3c7', since: before(2 * DAY_S + 11_000), state: 'refused', last_answer: { time: before(95), result: 'refused', status: 403 } }
    ],
    team: {
      clients: [
        client('ci', 'ingest-only', 9120, 41, 18_400_000),
        client('ana', 'read-only', 2310, 4, 1_900_000),
        client('notebooks', 'full', 840, 0, 5_200_000),
        client('ben', 'no-delete', 52, 17, 84_000)
      ],
      clients_left_out: 0,
      budgets: [
        { credential: 'us', upstream: 'api.smith.langchain.com', path: 'POST /runs/multipart', limit: 6000, seconds: 10, used: 1480, clients: [{ client: 'ci', used: 1120 }, { client: 'notebooks', used: 360 }], waiting: 0, blocked_s: 0 },
        { credential: 'us', upstream: 'api.smith.langchain.com', path: 'POST /runs/query', limit: 15, seconds: 10, used: 14, clients: [{ client: 'ana', used: 12 }, { client: 'ben', used: 2 }], waiting: 3, blocked_s: 0 }
      ]
    },
    traffic: steps(),
    refusals: REFUSALS
  }
}

const ROUTE = { workspace: false, expires: undefined, state: 'works', last_check: undefined, last_answer: { time: before(4), result: 'accepted', status: 200 } } as const

function client (name: string, role: string, requests: number, refused: number, sent: number): Parts['team']['clients'][number] {
  return { name, role, routes: name === 'ben' ? ['/staging'] : undefined, expires: name === 'ci' ? undefined : before(-40 * DAY_S), last_used: before(requests > 1000 ? 2 : 95), requests, refused, too_many: 0, held: name === 'ana' ? 12 : 0, bytes_in: sent, bytes_out: sent * 3 }
}

/** Waves, with a storm of refusals in the middle and a short outage later. */
function steps (): Parts['traffic'] {
  const last = Math.floor(DEMO_TIME.getTime() / 1000 / STEP_S) * STEP_S
  return Array.from({ length: KEPT_S / STEP_S }, (_, at) => {
    const wave = 1 + Math.sin(at / 23) * 0.4 + Math.sin(at / 5) * 0.2 + (at * 7919 % 97) / 160
    const isStorm = at > 190 && at < 222
    const isOutage = at > 268 && at < 281
    return {
      at: last - KEPT_S + (at + 1) * STEP_S,
      succeeded: Math.round(32 * wave * (isOutage ? 0.3 : 1)), refused: isStorm ? Math.round(9 * wave) : 0, clientErrors: at % 41 === 0 ? 6 : 0, serverErrors: isOutage ? 14 : 0, denied: at % 90 < 4 ? 3 : 0, cut: 0,
      bytesIn: Math.round(70_000 * wave), bytesOut: Math.round(190_000 * wave),
      p50: 78 * wave * (isOutage ? 2 : 1), p95: 190 * wave * (isOutage ? 3.4 : 1)
    }
  })
}

function refusal (id: number, seconds: number, fields: Partial<RefusalPart> & Pick<RefusalPart, 'diagnosis'>): RefusalPart {
  return {
    id, event: 'refusal.diagnosed', time: before(seconds), first_time: before(seconds), count: 1, reqId: `9f31c2d07a44-${id}x`, method: 'GET', path: '/api/v1/sessions', status: 403, route: '/', region: 'us',
    credential: 'us', secret_ref: 'vault:secret/langsmith#us', fingerprint: '5f0c91be', excerpt: 'Forbidden', upstream_request_id: '6c1f02e99c1d4a7e', ...fields
  }
}

const REFUSALS: readonly RefusalPart[] = [
  refusal(2, 1500, {
    count: 36, first_time: before(1790), method: 'POST', path: '/api/v1/runs/batch', client: 'ci', status: 403,
    diagnosis: { code: 'permission-missing', probed: false, summary: 'The key of credential "us" (vault:secret/langsmith#us) may not do this: runs:create is missing in its role.', causes: [] }
  }),
  refusal(3, 95, {
    count: 17, first_time: before(410), client: 'ben', route: '/staging', path: '/staging/api/v1/sessions', credential: 'staging', secret_ref: 'file:/run/secrets/staging', fingerprint: '08e6b3c7', excerpt: 'Invalid token',
    diagnosis: {
      code: 'key-other-region', probed: true, summary: 'The key of credential "staging" (file:/run/secrets/staging) works in region eu, but route /staging goes to us.',
      causes: [
        { code: 'key-other-region', confidence: 'certain', summary: 'The key of credential "staging" (file:/run/secrets/staging) works in region eu, but route /staging goes to us.', fix: 'set region: eu on route /staging' },
        { code: 'key-revoked', confidence: 'possible', summary: 'Possibly the key was revoked in this region and made anew in the other.', fix: 'create a key in LangSmith → Settings → API keys, and write it to /run/secrets/staging' }
      ]
    }
  })
]

// One round of read-only calls, at the sandbox's regions and at hosts that are broken or hostile.

import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Findings } from '../../src/diagnosis/findings.ts'
import { runRound } from '../../src/diagnosis/probe/round.ts'
import { SERVER_INFO } from '../../src/sandbox/routes/identity.ts'
import { keyOf, sandboxFor, workspaceOf } from '../sandbox/support.ts'
import { startRawUpstream, until } from '../support/raw-upstream.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'
import { always, credentialOf, hostsOf, regionsOf } from './probe-support.ts'

const RESEARCH = workspaceOf('research')
const PRODUCTION = workspaceOf('production')
const ACME = 'a0000000-0000-4000-8000-000000000001'

t.test('what the sandbox\'s keys are told', async (t) => {
  const sandbox = await sandboxFor(t)
  const refused = { sessions: 'refused', workspaces: { said: 'refused', seen: [] }, organization: { said: 'refused', seen: undefined }, usage: { said: 'refused' }, regions: {} }
  const cases: readonly { key: string, workspaceId?: string, title?: string, found: object }[] = [
    { key: 'good-eu', found: { ...refused, sessionsWithoutWorkspace: undefined } },
    { key: 'revoked-us', found: refused },
    { key: 'expired-us', workspaceId: RESEARCH, found: { ...refused, sessionsWithoutWorkspace: 'refused' } },
    { key: 'no-plan-us', found: refused },
    { key: 'service-us', workspaceId: RESEARCH, title: 'with the wrong workspace', found: { sessions: 'refused', sessionsWithoutWorkspace: 'accepted', workspaces: { said: 'accepted', seen: [{ id: PRODUCTION }] } } },
    { key: 'good-us', workspaceId: ACME, title: 'with the ID of the organization', found: { sessions: 'refused', sessionsWithoutWorkspace: 'accepted', workspaces: { said: 'accepted', seen: [{ organizationId: ACME }, { organizationId: ACME }] } } },
    { key: 'org-scoped-us', title: 'without a workspace', found: { sessions: 'refused', sessionsWithoutWorkspace: undefined, workspaces: { said: 'accepted', seen: [{ id: RESEARCH }, { id: PRODUCTION }] }, usage: { said: 'refused' } } },
    { key: 'org-scoped-us', workspaceId: PRODUCTION, title: 'with one', found: { sessions: 'accepted', sessionsWithoutWorkspace: 'refused', workspaces: { said: 'accepted', seen: [{ id: PRODUCTION }, { id: RESEARCH }] } } },
    { key: 'ingest-us', found: { sessions: 'refused', workspaces: { said: 'accepted', seen: [{ id: RESEARCH, permissions: ['runs:create', 'feedback:create'] }] } } },
    { key: 'viewer-us', found: { sessions: 'accepted', workspaces: { seen: [{ permissions: /^(?!.*create).*runs:read/ }] } } },
    { key: 'good-us', found: { sessions: 'accepted', sessionsWithoutWorkspace: undefined, organization: { said: 'accepted', seen: { tier: 'enterprise', disabled: false, memberDisabled: false, ssoOnly: false, ipAllowlist: false } }, usage: { said: 'accepted', rejecting: false, kind: undefined } } }
  ]
  for (const { key, workspaceId, title = '', found } of cases) {
    const findings = await runRound(hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }), credentialOf(key, workspaceId), 'same-host')
    t.match(joined(findings), { isApi: true, ...found }, `${key} ${title}`)
    t.same(findings.regions, {})
  }
  t.notOk(sandbox.requests.some(({ region }) => region !== 'us'), 'no other region is asked')
})

/** Permissions as one text, for a pattern. */
function joined (findings: Findings): object {
  const { workspaces: { said, seen } } = findings
  const one = seen.length === 1 && (seen[0]?.permissions?.length ?? 0) > 2
  return { ...findings, workspaces: { said, seen: one ? seen.map((workspace) => ({ ...workspace, permissions: workspace.permissions?.join(' ') })) : seen } }
}

t.test('six calls, only GET and without a body; the key and the workspace only where they tell something', async (t) => {
  const sandbox = await sandboxFor(t)
  await runRound(hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }), { ...credentialOf('service-us', RESEARCH), organizationId: ACME }, 'same-host')

  const sent = sandbox.requests.map(({ method, url, rawHeaders, bodyBytes }) => ({
    call: `${method} ${url}`, bodyBytes, key: valuesOf(rawHeaders, 'x-api-key'), workspace: valuesOf(rawHeaders, 'x-tenant-id'), organization: valuesOf(rawHeaders, 'x-organization-id')
  }))
  const key = [keyOf('service-us')]
  const whole = { bodyBytes: 0, key, workspace: [RESEARCH], organization: [ACME] }
  t.same(sent.sort((a, b) => a.call < b.call || (a.call === b.call && a.workspace.length < b.workspace.length) ? -1 : 1), [
    { call: 'GET /api/v1/info', bodyBytes: 0, key: [], workspace: [], organization: [] },
    { call: 'GET /api/v1/orgs/current/info', ...whole },
    { call: 'GET /api/v1/sessions?limit=1', ...whole, workspace: [] },
    { call: 'GET /api/v1/sessions?limit=1', ...whole },
    { call: 'GET /api/v1/workspaces', bodyBytes: 0, key, workspace: [], organization: [] },
    { call: 'GET /api/v1/workspaces/current/usage_limits', ...whole }
  ])
})

t.test('with regions, the other three are asked once each, with the key alone, and closed', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }, { regions: regionsOf(sandbox) })

  const findings = await runRound(hosts, credentialOf('good-eu', RESEARCH), 'regions')

  t.match(findings, { sessions: 'refused', regions: { eu: 'accepted', apac: 'refused', aws: 'refused' } })
  const elsewhere = sandbox.requests.filter(({ region }) => region !== 'us')
  t.same(elsewhere.map(({ region, url }) => `${region} ${url}`), ['eu', 'apac', 'aws'].map((region) => `${region} /api/v1/sessions?limit=1`))
  for (const { rawHeaders } of elsewhere) t.same([valuesOf(rawHeaders, 'x-api-key'), valuesOf(rawHeaders, 'x-tenant-id')], [[keyOf('good-eu')], []])
  t.equal(hosts.open.size, 0)
})

t.test('with regions, the key stays here as long as it is accepted here, or the upstream is self-hosted', async (t) => {
  const sandbox = await sandboxFor(t)
  const { url } = sandbox.regions.us
  const cases = [
    { name: 'accepted', own: { url, region: 'us' as const }, credential: credentialOf('good-us') },
    { name: 'accepted but for the workspace', own: { url, region: 'us' as const }, credential: credentialOf('service-us', RESEARCH) },
    { name: 'accepted but for the permission', own: { url, region: 'us' as const }, credential: credentialOf('ingest-us') },
    { name: 'self-hosted', own: { url: `${url}/api/v1` }, credential: credentialOf('good-eu') }
  ]
  for (const { name, own, credential } of cases) {
    const hosts = hostsOf(t, own, { regions: regionsOf(sandbox) })
    t.same((await runRound(hosts, credential, 'regions')).regions, {}, name)
    t.same(hosts.opened, [], name)
  }
  t.notOk(sandbox.requests.some(({ region }) => region !== 'us'))
})

t.test('a key of the organization is recognised in its region, which refuses it for want of a workspace', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.eu.url, region: 'eu' }, { regions: regionsOf(sandbox) })
  t.match(await runRound(hosts, credentialOf('org-scoped-us'), 'regions'), { sessions: 'refused', regions: { us: 'accepted', apac: 'refused', aws: 'refused' } })
})

t.test('upstreams that have the key anyway are asked in either mode, one for each other region', async (t) => {
  const sandbox = await sandboxFor(t)
  const { us, eu, aws } = sandbox.regions
  const own = { url: us.url, region: 'us' as const }
  const sharing = [{ url: eu.url, region: 'eu' as const, prefix: '/eu' }, { url: eu.url, region: 'eu' as const }, { url: aws.url }, { url: us.url, region: 'us' as const }]

  t.same((await runRound(hostsOf(t, own, { sharing }), credentialOf('good-eu'), 'same-host')).regions, { eu: 'accepted' })
  t.same(sandbox.requests.filter(({ region }) => region !== 'us').map(({ region, url }) => `${region} ${url}`), ['eu /api/v1/sessions?limit=1'])
  t.same((await runRound(hostsOf(t, { url: `${us.url}/api/v1` }, { sharing }), credentialOf('good-eu'), 'same-host')).regions, { us: 'refused', eu: 'accepted' }, 'also about a self-hosted upstream')

  const hosts = hostsOf(t, own, { sharing, regions: regionsOf(sandbox) })
  await runRound(hosts, credentialOf('good-eu'), 'regions')
  t.same(hosts.opened, ['apac', 'aws'])
})

t.test('never more than two calls at a time', async (t) => {
  let underWay = 0
  let most = 0
  const upstream = await startUpstream(t, {
    answer: (_request, response) => {
      most = Math.max(most, ++underWay)
      setTimeout(() => { underWay--; response.writeHead(403, { 'content-type': 'application/json' }).end('{"detail":"Forbidden"}') }, 20)
    }
  })
  const { url } = upstream
  await runRound(hostsOf(t, { url, region: 'us' }, { regions: { eu: url, apac: url, aws: url } }), credentialOf('good-us', RESEARCH), 'regions')
  t.equal(upstream.received.length, 9)
  t.equal(most, 2)
})

t.test('hosts that are slow, broken or hostile tell nothing, and the round ends', async (t) => {
  const hostile = '[{"__proto__":{"id":1},"id":{"$ne":null}},'.repeat(1000)
  const cases = [
    { name: 'a login page of 1 MB', answer: always(200, 'text/html', '<html>'.repeat(170_000)), isApi: false },
    { name: 'a gate that refuses', answer: always(403, 'text/html', '<title>403</title>'), isApi: undefined },
    { name: 'JSON of another kind', answer: always(200, 'application/json', '{"data":[]}'), isApi: false },
    { name: 'hostile JSON', answer: always(200, 'application/json', hostile), isApi: false },
    { name: 'broken gzip', answer: always(200, 'application/json', 'no gzip', { 'content-encoding': 'gzip' }), isApi: false },
    { name: 'a reset', answer: (request: { socket: { resetAndDestroy: () => void } }) => { request.socket.resetAndDestroy() }, isApi: undefined }
  ]
  for (const { name, answer, isApi } of cases) {
    const { url } = await startUpstream(t, { answer })
    t.strictSame(await runRound(hostsOf(t, { url }), credentialOf('good-us', RESEARCH), 'same-host'), nothing(isApi), name)
  }
  const { url } = await startUpstream(t, { answer: (_request, response) => { setTimeout(() => { response.end() }, 5000).unref() } })
  const startedAt = performance.now()
  t.strictSame(await runRound(hostsOf(t, { url }), credentialOf('good-us', RESEARCH), 'same-host'), nothing(undefined), 'slow')
  t.ok(performance.now() - startedAt < 7500)
})

function nothing (isApi: boolean | undefined): Findings {
  return {
    isApi, sessions: 'untold', sessionsWithoutWorkspace: 'untold', workspaces: { said: 'untold', seen: [] }, organization: { said: 'untold', seen: undefined },
    usage: { said: 'untold', rejecting: false, kind: undefined }, regions: {}
  }
}

t.test('packed answers are read, and a list of 200 workspaces with all their permissions', async (t) => {
  const permissions = Array.from({ length: 120 }, (_, n) => `a-thing-${'x'.repeat(n % 20)}:create`.replaceAll(/\d/g, ''))
  const workspaces = Array.from({ length: 200 }, (_, n) => ({ id: `1c9a6c1e-0000-4000-8000-${String(n).padStart(12, '0')}`, permissions }))
  const { url } = await startUpstream(t, {
    answer: ({ url = '' }, response) => {
      const body = url.endsWith('/workspaces') ? workspaces : url.endsWith('/v1/info') ? SERVER_INFO : []
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(body)))
    }
  })
  const { isApi, sessions, workspaces: { said, seen } } = await runRound(hostsOf(t, { url }), credentialOf('good-us'), 'same-host')
  t.same({ isApi, sessions, said, seen: seen.length, permissions: seen[199]?.permissions?.length }, { isApi: true, sessions: 'accepted', said: 'accepted', seen: 200, permissions: 120 })
})

t.test('a round that is ended opens nothing any more, and closes what it had opened', async (t) => {
  const sandbox = await sandboxFor(t)
  const silent = await startRawUpstream(t, {})
  const ending = new AbortController()
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }, { regions: { ...regionsOf(sandbox), eu: silent.url } })
  const round = runRound(hosts, credentialOf('good-eu'), 'regions', ending.signal)
  await until(() => silent.heads.length === 1, 'the call to the other region')
  const endedAt = performance.now()
  ending.abort()
  t.match(await round, { regions: { eu: 'untold', apac: undefined } })
  t.ok(performance.now() - endedAt < 500)
  t.same(hosts.opened, ['eu'])
  t.equal(hosts.open.size, 0)
})

t.test('a region that cannot be opened fails the round', async (t) => {
  const sandbox = await sandboxFor(t)
  await t.rejects(runRound(hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }), credentialOf('good-eu'), 'regions'), /eu must not be opened/)
})

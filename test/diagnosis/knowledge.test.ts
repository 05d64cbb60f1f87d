// What the running proxy makes of successes and refusals that follow each other.

import t from 'tap'
import type { Test } from 'tap'
import { request } from 'undici'
import { mayOnlyWrite } from '../../src/diagnosis/ingest-only.ts'
import { needsKey } from '../../src/diagnosis/needs-key.ts'
import type { RefusalDiagnosed } from '../../src/diagnosis/events.ts'
import { linesOf, reportOf } from '../commands/doctor-support.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import type { TestProxy, TestRoute } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const PROBE = { LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'same-host' }
const WORKSPACE = 'b0000000-0000-4000-8000-000000000001'
const ADMIN = ['projects:read', 'projects:create', 'runs:create']
const FORBIDDEN = [403, { detail: 'Forbidden' }] as const

type Said = readonly [status: number, body: unknown]

/** A LangSmith that says what the test wants of it; the public page and the list of workspaces are always there. */
async function langsmith (t: Test, say: (method: string, path: string) => Said | undefined, permissions = ADMIN): Promise<string> {
  const { url } = await startUpstream(t, {
    answer: ({ method = '', url = '' }, response) => {
      const [path = ''] = url.split('?')
      const usual: Said = path === '/api/v1/info' ? [200, { version: '1' }] : path === '/api/v1/workspaces' ? [200, [{ id: WORKSPACE, permissions }]] : [200, []]
      const [status, body] = say(method, path) ?? usual
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
  })
  return url
}

function refusals ({ events }: TestProxy): readonly RefusalDiagnosed[] {
  return events.filter((event) => event.event === 'refusal.diagnosed')
}

function roundsOf ({ events }: TestProxy): number {
  return events.filter(({ event }) => event === 'refusal.explained').length
}

async function call (proxy: TestProxy, method: 'GET' | 'POST' | 'DELETE', path: string): Promise<number> {
  const done = proxy.events.filter(({ event }) => event === 'request.completed').length
  const { statusCode, body } = await request(proxy.url + path, { method })
  await body.dump()
  await until(() => proxy.events.filter(({ event }) => event === 'request.completed').length > done, 'the record of the request')
  return statusCode
}

function startWith (t: Test, routes: readonly TestRoute[], env: Readonly<Record<string, string>> = PROBE): Promise<TestProxy> {
  return startProxy(t, { routes, env })
}

t.test('a key that is deleted after a round: the refused list of projects ends what the round found', async (t) => {
  let deleted = false
  const upstream = await langsmith(t, (_method, path) => deleted || path === '/api/v1/api-key' ? FORBIDDEN : undefined)
  const proxy = await startWith(t, [{ upstream }])
  await call(proxy, 'GET', '/api/v1/api-key')
  await until(() => roundsOf(proxy) === 1, 'the round')
  deleted = true
  for (const [method, path] of [['GET', '/api/v1/sessions'], ['POST', '/runs/batch'], ['GET', '/api/v1/sessions']] as const) await call(proxy, method, path)
  for (const { diagnosis, path } of refusals(proxy).slice(1)) {
    t.match(diagnosis, { probed: false, code: 'key-or-workspace-refused', causes: [{ code: 'key-revoked' }] }, path)
    t.notMatch(diagnosis.summary, /this call, not the key/)
    t.notOk(diagnosis.causes.some(({ code }) => ['accepted-now', 'key-other-region'].includes(code)), 'LangSmith knew the key a moment ago')
  }
  t.equal(roundsOf(proxy), 1, 'and nobody is asked again within ten minutes')
})

t.test('a viewer whose key is deleted is not told about a role', async (t) => {
  let deleted = false
  const upstream = await langsmith(t, (method) => deleted || method === 'POST' ? FORBIDDEN : undefined, ['projects:read'])
  const proxy = await startWith(t, [{ upstream }])
  await call(proxy, 'POST', '/runs/batch')
  await until(() => roundsOf(proxy) === 1, 'the round')
  await call(proxy, 'POST', '/runs/batch')
  t.match(refusals(proxy)[1]?.diagnosis.causes[0], { code: 'permission-missing', confidence: 'certain' })
  deleted = true
  await call(proxy, 'GET', '/api/v1/sessions')
  await call(proxy, 'POST', '/runs/batch')
  t.match(refusals(proxy)[3]?.diagnosis.causes[0], { code: 'key-revoked' })
})

t.test('a refusal that a gate in between wrote says nothing about the key', async (t) => {
  let gate = false
  const { url } = await startUpstream(t, {
    answer: ({ method, url = '' }, response) => {
      if (gate) response.writeHead(403, { 'content-type': 'text/html' }).end('<title>Blocked</title>')
      else if (method === 'POST') response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"Forbidden"}')
      else response.writeHead(200, { 'content-type': 'application/json' }).end(url === '/api/v1/workspaces' ? JSON.stringify([{ id: WORKSPACE, permissions: ['projects:read'] }]) : '[]')
    }
  })
  const proxy = await startWith(t, [{ upstream: url }])
  await call(proxy, 'POST', '/runs/batch')
  await until(() => roundsOf(proxy) === 1, 'the round')
  gate = true
  await call(proxy, 'GET', '/api/v1/sessions')
  gate = false
  await call(proxy, 'POST', '/runs/batch')
  t.match(refusals(proxy)[2]?.diagnosis, { probed: true, code: 'permission-missing' })
})

t.test('a success ends only findings that it contradicts', async (t) => {
  let newProject = false
  const upstream = await langsmith(t, (method) => method === 'POST' ? newProject ? FORBIDDEN : [202, {}] : undefined, ['projects:read', 'runs:create'])
  const proxy = await startWith(t, [{ upstream }])
  for (const refused of [false, true, false, true]) {
    newProject = refused
    await call(proxy, 'POST', '/runs/batch')
    if (refused) await until(() => roundsOf(proxy) === 1, 'the round')
  }
  t.match(refusals(proxy)[0]?.diagnosis.causes.find(({ code }) => code === 'key-revoked'), { confidence: 'possible' }, 'it worked a moment before')
  t.match(refusals(proxy)[1]?.diagnosis, { probed: true, causes: [{ code: 'project-creation' }] })
  t.notOk(refusals(proxy)[1]?.diagnosis.causes.some(({ code }) => code === 'key-revoked'))
})

t.test('two keys at two hosts are no fault of LangSmith, nor is one refused delete', async (t) => {
  let deleted = false
  const first = await langsmith(t, (method) => method === 'DELETE' ? FORBIDDEN : undefined)
  const second = await langsmith(t, () => deleted ? FORBIDDEN : undefined)
  const key = `lsv2_sk_${'0badc0de'.repeat(4)}_0badc0de00`
  const proxy = await startWith(t, [{ upstream: first }, { prefix: '/b', upstream: second, key }, { prefix: '/c', upstream: first, key }], {})
  for (const prefix of ['', '/b', '/c']) t.equal(await call(proxy, 'GET', `${prefix}/api/v1/sessions`), 200)
  await call(proxy, 'DELETE', `/api/v1/sessions/${WORKSPACE}`)
  await call(proxy, 'DELETE', `/c/api/v1/sessions/${WORKSPACE}`)
  deleted = true
  await call(proxy, 'GET', '/b/api/v1/sessions')
  t.equal(refusals(proxy).length, 3)
  t.notMatch(JSON.stringify(refusals(proxy)), /langsmith-incident/)
})

t.test('one host that refuses all keys at once has a fault', async (t) => {
  let broken = false
  const upstream = await langsmith(t, () => broken ? FORBIDDEN : undefined)
  const proxy = await startWith(t, [{ upstream }, { prefix: '/b', upstream, key: `lsv2_sk_${'0badc0de'.repeat(4)}_0badc0de00` }], {})
  for (const prefix of ['', '/b']) await call(proxy, 'GET', `${prefix}/api/v1/sessions`)
  broken = true
  for (const prefix of ['', '/b']) await call(proxy, 'GET', `${prefix}/api/v1/sessions`)
  t.match(refusals(proxy)[1]?.diagnosis, { code: 'langsmith-incident' })
})

t.test('only calls that need a key show that one is accepted', async (t) => {
  for (const path of ['/openapi.json', '/docs', '/info', '/api/v1/info', '/api/v1/ok', '/public/1/run', '/.well-known/x', '/oauth/token', '/commits/langchain-ai/x/latest', '/repos', '/auth/public', '/api/v1/feedback/tokens/1', '/', '', '/constructor']) t.equal(needsKey('GET', path), false, path)
  for (const path of ['/api/v1/sessions', '/runs/1', '/v2/runs/1', '/v1/platform/datasets/1/examples', '/api/v1/otel/v1/traces', '/feedback', '/api/v1/feedback/tokens', '/api/v1/workspaces', '/settings']) t.equal(needsKey('GET', path), true, path)
  t.equal(needsKey('POST', '/commits/-/x'), true)
  t.equal(needsKey('OPTIONS', '/sessions'), false, 'what a browser asks before')

  const upstream = await langsmith(t, (_method, path) => path === '/openapi.json' ? [200, { openapi: '3.1.0' }] : FORBIDDEN)
  const proxy = await startWith(t, [{ upstream }], { LANGSMITH_PROXY_STARTUP_CHECK: 'strict' })
  await proxy.eventOf('route.checked')
  t.equal(await call(proxy, 'GET', '/openapi.json'), 200)
  t.equal((await request(`${proxy.url}/-/ready`)).statusCode, 503)
  await call(proxy, 'GET', '/api/v1/sessions')
  t.ok(refusals(proxy)[0]?.diagnosis.causes.some(({ code }) => code === 'key-other-region'), 'it is not known to have worked')
})

const STRICT = { ...PROBE, LANGSMITH_PROXY_STARTUP_CHECK: 'strict' }

t.test('a key for traces alone opens the ready page, and it is said what it may not do', async (t) => {
  for (const permissions of [['runs:create'], []]) {
    const upstream = await langsmith(t, (method, path) => method === 'POST' ? [202, {}] : ['/api/v1/info', '/api/v1/workspaces'].includes(path) ? undefined : FORBIDDEN, permissions)
    const proxy = await startWith(t, [{ upstream }], STRICT)
    const checked = await proxy.eventOf('route.checked')
    t.match(checked, { result: 'accepted', status: 403, reason: /may not list projects/, diagnosis: undefined }, permissions.join())
    t.equal((await request(`${proxy.url}/-/ready`)).statusCode, 200)
    t.match(proxy.rawLog(), /accepts the key of credential .* may not list projects/)
    const report = await reportOf(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream } })
    const lines = linesOf(report.routes[0]?.findings)
    t.equal(report.routes[0]?.works, true, `the doctor agrees: ${lines}`)
    t.match(lines, /^permissions warn: the key may .*not list projects/m)
  }
})

t.test('a key that is refused for another reason does not', async (t) => {
  const said: readonly (readonly [permissions: string[] | undefined, workspaces?: Said])[] = [[['feedback:create']], [['projects:read', 'runs:create']], [undefined, FORBIDDEN], [undefined, [200, []]]]
  for (const [permissions, workspaces] of said) {
    const upstream = await langsmith(t, (_method, path) => path === '/api/v1/workspaces' ? workspaces : path === '/api/v1/info' ? undefined : FORBIDDEN, permissions)
    const proxy = await startWith(t, [{ upstream }], STRICT)
    t.match(await proxy.eventOf('route.checked'), { result: 'refused' }, JSON.stringify([permissions, workspaces]))
    t.equal((await request(`${proxy.url}/-/ready`)).statusCode, 503)
    const report = await reportOf(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream } })
    t.equal(report.routes[0]?.works, false, 'the doctor agrees')
  }
})

t.test('what findings have to show of such a key', async (t) => {
  const none = { isApi: true, sessionsWithoutWorkspace: undefined, organization: { said: 'refused', seen: undefined }, usage: { said: 'refused', rejecting: false, kind: undefined }, regions: {} } as const
  const only = (permissions: readonly string[] | undefined, id = WORKSPACE): Parameters<typeof mayOnlyWrite>[0]['workspaces']['seen'][number] => ({ id, organizationId: undefined, displayName: undefined, permissions, deleted: false })
  const found = (...workspaces: readonly ReturnType<typeof only>[]): Parameters<typeof mayOnlyWrite>[0] => ({ ...none, sessions: 'refused', workspaces: { said: 'accepted', seen: workspaces } })
  const [one, two] = [only(['runs:create']), only(['runs:create'], 'b0000000-0000-4000-8000-000000000002')]
  t.equal(mayOnlyWrite(found(one, two), {}), true)
  t.equal(mayOnlyWrite(found(one, two), { workspaceId: WORKSPACE.toUpperCase() }), true)
  t.equal(mayOnlyWrite(found(one), { workspaceId: 'b0000000-0000-4000-8000-000000000009' }), false, 'another workspace is set')
  t.equal(mayOnlyWrite(found(only(undefined), two), {}), false, 'which of them is not clear')
  t.equal(mayOnlyWrite({ ...found(one), sessions: 'accepted' }, {}), false)
  const seen = { tier: 'no_plan', disabled: undefined, memberDisabled: undefined, ssoOnly: undefined, ipAllowlist: undefined }
  t.equal(mayOnlyWrite({ ...found(only([])), organization: { said: 'accepted', seen } }, {}), false, 'the organization explains it better')
})

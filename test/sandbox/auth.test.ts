import t from 'tap'
import { connect } from 'node:net'
import { parseWorld } from '../../src/sandbox/parse-world.ts'
import { DEFAULT_WORLD_YAML } from '../../src/sandbox/default-world.ts'
import { json, keyOf, sandboxFor, send, workspaceOf, type Sent } from './support.ts'

const PYTHON = '/sessions'
const GO = '/runs/batch'
const EMPTY = '{"post":[],"patch":[]}'
const FORBIDDEN_PYTHON = '{"detail":"Forbidden"}'
const FORBIDDEN_GO = '{"error":"Forbidden"}\n'
const B9 = '{"detail":"This API key is org-scoped and requires workspace specification. Please provide \'X-Tenant-ID\' header."}'

interface Case { title: string, path: string, sent?: Sent, status: number, body: string | RegExp }

const REFUSALS: Case[] = [
  { title: 'B1: no key on a Python path', path: PYTHON, status: 401, body: '{"detail":"Invalid token"}' },
  { title: 'B1: an empty key', path: PYTHON, sent: { headers: { 'x-api-key': '' } }, status: 401, body: '{"detail":"Invalid token"}' },
  { title: 'B1: a good key as Bearer', path: PYTHON, sent: { headers: { authorization: `Bearer ${keyOf('good-us')}` } }, status: 401, body: '{"detail":"Invalid token"}' },
  { title: 'B2: no key on a Go path', path: GO, sent: { body: EMPTY }, status: 401, body: '{"error":"Unauthorized"}\n' },
  { title: 'B2: a good key as Bearer', path: GO, sent: { body: EMPTY, headers: { authorization: `Bearer ${keyOf('good-us')}` } }, status: 401, body: '{"error":"Unauthorized"}\n' },
  ...['/runs', '/runs/multipart', '/otel/v1/traces', '/commits/-/x', '/api/v1/runs/batch', '/api/v1/otel/v1/traces'].map((path) => (
    { title: `B2: no key on ${path}`, path, sent: { body: EMPTY }, status: 401, body: '{"error":"Unauthorized"}\n' })),
  { title: 'B4: a legacy key', path: PYTHON, sent: { headers: { 'x-api-key': 'ls__0123456789' } }, status: 401, body: '{"detail":"Using legacy API key. Please generate a new API key."}' },
  { title: 'B5: a workspace that is not a UUID', path: PYTHON, sent: { key: 'good-us', headers: { 'x-tenant-id': '1' } }, status: 401, body: '{"detail":"UUID header value was not a valid UUID"}' },
  { title: 'B5: a workspace in quotes', path: GO, sent: { key: 'good-us', body: EMPTY, headers: { 'x-tenant-id': `"${workspaceOf('research')}"` } }, status: 401, body: '{"detail":"UUID header value was not a valid UUID"}' },
  { title: 'B6: an unknown key on a Go path', path: GO, sent: { body: EMPTY, headers: { 'x-api-key': 'placeholder' } }, status: 403, body: FORBIDDEN_GO },
  { title: 'B6: a key that may not trace', path: GO, sent: { key: 'viewer-us', body: EMPTY }, status: 403, body: FORBIDDEN_GO },
  { title: 'B7: an unknown key', path: PYTHON, sent: { headers: { 'x-api-key': 'placeholder' } }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: the first letter was lost', path: PYTHON, sent: { headers: { 'x-api-key': keyOf('good-us').slice(1) } }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: the text "undefined", as the JS SDK sends it', path: PYTHON, sent: { headers: { 'x-api-key': 'undefined' } }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: a revoked key', path: PYTHON, sent: { key: 'revoked-us' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: an expired key', path: PYTHON, sent: { key: 'expired-us' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: a key of the EU in the US', path: PYTHON, sent: { key: 'good-eu' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: a key of the US in the EU', path: PYTHON, sent: { key: 'good-us', region: 'eu' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: a workspace of somebody else', path: PYTHON, sent: { key: 'good-us', headers: { 'x-tenant-id': workspaceOf('europe') } }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: a workspace that the service key does not cover', path: PYTHON, sent: { key: 'service-us', headers: { 'x-tenant-id': workspaceOf('research') } }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: an address that is not on the allow-list', path: PYTHON, sent: { key: 'fenced-us' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: an editor creates a project', path: PYTHON, sent: { key: 'editor-us', body: '{"name":"x"}' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B7: an ingest key reads', path: '/runs/query', sent: { key: 'ingest-us', body: '{}' }, status: 403, body: FORBIDDEN_PYTHON },
  { title: 'B8: an org-scoped key without workspace on a Go path', path: GO, sent: { key: 'org-scoped-us', body: EMPTY }, status: 403, body: /^\{"error":"org_scoped_key_requires_workspace","message":"This API key is org-scoped .*workspaceId.*LANGSMITH_WORKSPACE_ID.*"\}\n$/ },
  { title: 'B9: an org-scoped key without workspace', path: PYTHON, sent: { key: 'org-scoped-us' }, status: 403, body: B9 },
  { title: 'B10: an organisation without plan', path: PYTHON, sent: { key: 'no-plan-us' }, status: 403, body: '{"error":"Forbidden - no plan found"}\n' },
  { title: 'v2: no key', path: '/api/v2/runs/query', sent: { body: '{}' }, status: 401, body: '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Invalid token"}' },
  { title: 'v2: a key that may not read', path: '/v2/runs/query', sent: { key: 'ingest-us', body: '{}' }, status: 403, body: '{"type":"about:blank","title":"Forbidden","status":403,"detail":"Forbidden"}' },
  { title: 'v2: no plan', path: '/v2/runs/query', sent: { key: 'no-plan-us', body: '{}' }, status: 403, body: '{"type":"about:blank","title":"Forbidden","status":403,"detail":"Forbidden - no plan found"}' }
]

t.test('callers are refused in the words of LangSmith', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const { title, path, sent, status, body } of REFUSALS) {
    const got = await send(sandbox, path, sent)
    t.equal(got.status, status, title)
    if (typeof body === 'string') t.equal(got.text, body, title)
    else t.match(got.text, body, title)
    t.equal(got.headers.get('content-type'), path.includes('v2') ? 'application/problem+json' : 'application/json', title)
  }
  t.same(sandbox.runs('us'), [], 'and nothing was stored')
})

t.test('a key that is sent twice is an unknown key', async (t) => {
  const sandbox = await sandboxFor(t)
  const { port } = sandbox.regions.us
  const key = keyOf('good-us')
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET /sessions HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nx-api-key: ${key}\r\nConnection: close\r\n\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)

  t.match(answer, /^HTTP\/1\.1 403 /)
  t.same(sandbox.requests.at(-1)?.rawHeaders.slice(2, 6), ['X-API-Key', key, 'x-api-key', key], 'both were written down as sent')
})

t.test('the sandbox clock decides what has expired', async (t) => {
  const sandbox = await sandboxFor(t, { now: () => new Date('2019-12-31T23:59:59Z') })
  t.equal((await send(sandbox, PYTHON, { key: 'expired-us' })).status, 200)
})

t.test('a service key for several workspaces must say which', async (t) => {
  const world = parseWorld(DEFAULT_WORLD_YAML.replace('workspaces: [production]', 'workspaces: [production, research]'))
  const sandbox = await sandboxFor(t, { world })
  t.equal((await send(sandbox, PYTHON, { key: 'service-us' })).text, B9)
  t.equal((await send(sandbox, PYTHON, { key: 'service-us', headers: { 'x-tenant-id': workspaceOf('research') } })).status, 200)
})

const ALLOWED: { title: string, path: string, sent: Sent }[] = [
  { title: 'a personal key acts in its default workspace', path: PYTHON, sent: { key: 'good-us' } },
  { title: 'under both path forms', path: '/api/v1/sessions?limit=1', sent: { key: 'good-us' } },
  { title: 'a personal key acts in another of its workspaces', path: PYTHON, sent: { key: 'good-us', headers: { 'x-tenant-id': workspaceOf('production').toUpperCase() } } },
  { title: 'a service key for one workspace needs no header', path: PYTHON, sent: { key: 'service-us' } },
  { title: 'an org-scoped key with workspace', path: PYTHON, sent: { key: 'org-scoped-us', headers: { 'x-tenant-id': workspaceOf('production') } } },
  { title: 'a viewer reads', path: PYTHON, sent: { key: 'viewer-us' } },
  { title: 'the key of another region at home', path: PYTHON, sent: { key: 'good-apac', region: 'apac' } },
  { title: 'Authorization beside a key does not matter', path: PYTHON, sent: { key: 'good-us', headers: { authorization: 'Bearer x' } } },
  { title: 'the list of workspaces needs no workspace', path: '/api/v1/workspaces', sent: { key: 'org-scoped-us' } },
  ...['/info', '/api/v1/info', '/api/v1/ok', '/api/v1/info/health'].map((path) => ({ title: `${path} is public`, path, sent: {} }))
]

t.test('callers with the right key are let in', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const { title, path, sent } of ALLOWED) t.equal((await send(sandbox, path, sent)).status, 200, title)
})

t.test('the identity endpoints tell who a key is', async (t) => {
  const sandbox = await sandboxFor(t)
  const tenant = { 'x-tenant-id': workspaceOf('production') }

  const workspaces = json(await send(sandbox, '/api/v1/workspaces', { key: 'viewer-us' })) as { permissions: string[] }[]
  t.match(workspaces, [{ id: workspaceOf('research'), tenant_handle: 'research', role_name: 'Viewer', read_only: true }])
  t.ok(workspaces[0]?.permissions.includes('runs:read'))
  t.notOk(workspaces[0]?.permissions.includes('runs:create'))

  t.match(json(await send(sandbox, '/api/v1/workspaces', { key: 'ingest-us' })), [{ role_name: 'Custom', permissions: ['runs:create', 'feedback:create'] }])
  t.match(json(await send(sandbox, '/auth/public', { key: 'good-us', headers: tenant })), { tenant_id: workspaceOf('production') })
  t.match(json(await send(sandbox, '/settings', { key: 'good-us' })), { id: workspaceOf('research'), tenant_handle: 'research' })
  t.match(json(await send(sandbox, '/api/v1/orgs/current/info', { key: 'good-us' })), { tier: 'enterprise', disabled: false })
  t.match(json(await send(sandbox, '/api/v1/workspaces/current/usage_limits', { key: 'good-us' })), { in_reject_set: false })

  const keys = (await send(sandbox, '/api/v1/api-key', { key: 'good-us' })).text
  t.match(JSON.parse(keys), [{ description: 'org-scoped-us' }, { description: 'editor-us' }, { description: 'viewer-us' }, { description: 'ingest-us' }, { expires_at: '2020-01-01T00:00:00.000Z' }])
  t.notMatch(keys, keyOf('editor-us'), 'the list of keys shows no whole key')
})

t.test('prompts are not found, which is not the same as refused', async (t) => {
  const sandbox = await sandboxFor(t)
  t.match(await send(sandbox, '/commits/acme/greeting/latest', { key: 'good-us' }), { status: 404, text: '{"error":"Repo acme/greeting not found"}\n' })
  t.equal((await send(sandbox, '/commits/acme/greeting', { key: 'viewer-us', body: '{}' })).status, 403, 'a viewer may not push')
})

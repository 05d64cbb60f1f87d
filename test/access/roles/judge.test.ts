import t from 'tap'
import fc from 'fast-check'
import { ROLE_NAMES } from '../../../src/config/role-names.ts'
import { BUILT_IN_ROLES } from '../../../src/access/roles/built-in.ts'
import { judgeRole, roleNamed } from '../../../src/access/roles/judge.ts'
import { OPERATIONS } from '../../support/operations.ts'
import { holds } from '../../support/property.ts'
import { allows } from '../../support/roles-page.ts'

const ID = '1c9a6c1e-0000-4000-8000-000000000000'

/** All that is known to delete, under whatever method. */
const DELETING = OPERATIONS.filter(({ method, path }) => method === 'DELETE' || /delete|revoke/.test(path))

/** One thing under the addresses that SDKs, exporters and people use for it. */
function addressesOf (path: string): readonly string[] {
  return ['', '/api', '/api/v1', '/api/v2', '/v1', '/v2', '/v1/platform', '/api/v1/platform', '/platform'].flatMap((base) => [base + path, `${base + path}/`])
}

t.test('no-delete denies every DELETE, and what deletes by another method', async (t) => {
  t.ok(DELETING.length > 80, 'the list has them')
  for (const { method, sent } of DELETING) t.notOk(allows('no-delete', method, sent), `${method} ${sent}`)
  const others = [
    'POST /runs/delete', 'POST /runs/delete/traces', 'POST /datasets/examples/delete', `POST /annotation-queues/${ID}/runs/delete`,
    `POST /annotation-queues/${ID}/items/delete`, 'POST /sandboxes/boxes/batch-delete', 'POST /workspaces/current/secrets', 'PUT /ttl-settings',
    'PUT /orgs/ttl-settings', 'PUT /workspaces/current/ttl-settings', 'POST /ops/backfills/restart'
  ]
  const unknown = ['DELETE /new-things', 'POST /new-things/delete', 'POST /new-things/bulk_delete', 'PATCH /new-things/deleteMany/x', 'PUT /new-things/delete-by-query', 'POST /new-things/purge', 'POST /things/remove', 'POST /threads/prune']
  for (const line of [...others, ...unknown]) {
    const [method = '', path = ''] = line.split(' ')
    for (const address of addressesOf(path)) t.notOk(allows('no-delete', method, address), `${method} ${address}`)
  }
})

t.test('read-only denies what writes, what hands out credentials, and what is not known', async (t) => {
  const denied = [
    'POST /runs', 'POST /runs/batch', 'POST /runs/multipart', `PATCH /runs/${ID}`, 'POST /otel/v1/traces', 'POST /feedback', 'POST /sessions', 'POST /datasets', 'POST /examples', 'POST /commits/a/b', 'POST /likes/a/b',
    `PUT /runs/${ID}/share`, `POST /runs/${ID}/share`, 'POST /charts/create', 'POST /charts/section', 'POST /charts/section/clone', 'POST /org-charts/create', 'POST /org-charts/section', 'POST /runs/rules/trigger', 'POST /prompts/invoke_prompt',
    'GET /feedback/tokens', 'GET /feedback/tokens/x', 'HEAD /feedback/tokens/x', 'GET /runs/rules', 'GET /prompt-webhooks', 'GET /playground-settings', 'GET /alerts/a/b', 'GET /workspaces/current/secrets', 'GET /workspaces/current/shared', 'GET /workspaces/current/secrets/encrypted',
    'GET /fleet/mcp-servers', 'GET /fleet/auth-tokens', 'GET /fleet/auth-sessions/x', 'GET /api-key', 'GET /orgs/current/service-keys', 'GET /orgs/current/members', 'GET /orgs/current/dashboard', 'GET /mcp/proxy', 'GET /mcp/tools', 'GET /execute/ws', 'GET /sandboxes/boxes/x',
    'GET /', 'GET /new-things', 'POST /new-things/query', 'POST /runs/query/x', 'POST /runs/new', 'PUT /runs/query', 'DELETE /runs/query', 'PATCH /runs/stats', 'POST /datasets/x/runs/x'
  ]
  for (const line of denied) {
    const [method = '', path = ''] = line.split(' ')
    for (const address of addressesOf(path)) t.notOk(allows('read-only', method, address), `${method} ${address}`)
  }
  for (const { method, sent } of OPERATIONS) if (['PUT', 'PATCH', 'DELETE'].includes(method)) t.notOk(allows('read-only', method, sent), `${method} ${sent}`)
})

t.test('ingest-only denies all but what records runs and feedback', async (t) => {
  const allowed = OPERATIONS.filter(({ method, sent }) => allows('ingest-only', method, sent)).map(({ method, path }) => `${method} ${path}`)
  t.strictSame(allowed.sort(), [
    'GET /api/v1/info', 'GET /api/v1/info/health', 'GET /api/v1/ok', 'PATCH /api/v1/runs/{run_id}', 'PATCH /runs/{run_id}', 'POST /api/v1/feedback', 'POST /api/v1/feedback/eager',
    'POST /otel/v1/claude_code', 'POST /otel/v1/traces', 'POST /runs', 'POST /runs/batch', 'POST /runs/multipart'
  ])
  for (const line of ['GET /runs', `GET /runs/${ID}`, 'POST /runs/query', 'POST /runs/delete', `DELETE /runs/${ID}`, 'GET /otel/v1/traces', 'POST /otel', 'POST /new-things', 'GET /sessions', `PATCH /feedback/${ID}`, 'POST /feedback/tokens', 'POST /info']) {
    const [method = '', path = ''] = line.split(' ')
    for (const address of addressesOf(path)) t.notOk(allows('ingest-only', method, address), `${method} ${address}`)
  }
})

t.test('no operation of the API is written in a way that the roles cannot judge', async (t) => {
  t.equal(OPERATIONS.length, 605)
  for (const { method, sent } of OPERATIONS) {
    for (const role of ['no-delete', 'read-only', 'ingest-only']) {
      const verdicts = new Set(addressesOf(sent.replace(/^(\/api)?(\/v\d+)?(\/platform)?(?=\/)/, '')).map((address) => allows(role, method, address)))
      t.equal(verdicts.size, 1, `${role}: ${method} ${sent} is the same under every address`)
    }
  }
})

/** Spellings of one path that some server or other reads as that path. */
const tricked = fc.tuple(fc.constantFrom(...DELETING, ...OPERATIONS.filter(({ method, sent }) => !allows('read-only', method, sent))), fc.nat(), fc.constantFrom<(path: string, at: number) => string>(
  (path, at) => `${path.slice(0, at)}%${path.charCodeAt(at).toString(16).padStart(2, '0')}${path.slice(at + 1)}`,
  (path, at) => `${path.slice(0, at)}%25${path.charCodeAt(at).toString(16).padStart(2, '0')}${path.slice(at + 1)}`,
  (path, at) => path.slice(0, at) + path.slice(at).toUpperCase(),
  (path, at) => `${path.slice(0, at)}/${path.slice(at)}`.replace(/([^/])\/(?=[^/])/g, '$1//'),
  (path) => `/${path}`, (path) => `${path}/`, (path) => `${path}//`, (path) => `${path}%2f`, (path) => `${path};x`, (path) => `${path};/x`, (path) => `${path}%3bx`, (path) => `${path}%20`, (path) => `${path}.`, (path) => `${path}%2e`,
  (path) => `${path}%00`, (path) => `${path}%0a`, (path) => `${path}%3f`, (path) => `${path}%23`, (path) => path.replaceAll('/', '%2F'), (path) => path.replaceAll('/', '%5c'), (path) => path.replaceAll('/', '\\'), (path) => path.replaceAll('/', '/;x/'),
  (path) => `/api/v1${path}`, (path) => `/API/V1${path}`, (path) => `/v1/platform${path}`, (path) => `/v3${path}`, (path) => `/api/api/v1/v2${path}`
))

t.test('no spelling of a path lets through what its plain form may not', async (t) => {
  // How it works: a role that looks for /runs/delete lets POST /runs/%64elete pass, and the upstream decodes it.
  await holds(t, fc.property(tricked, ([{ method, sent }, place, trick]) => {
    const path = trick(sent, place % sent.length)
    return !['no-delete', 'read-only', 'ingest-only'].some((role) => !allows(role, method, sent) && allows(role, method, path))
  }), { numRuns: 4000 })
})

t.test('read-only lets nothing through that is known to delete, whatever is around it', async (t) => {
  const piece = fc.constantFrom('runs', 'query', 'datasets', ID, 'stats', 'group', 'public', 'x', 'api', 'v1', 'platform', '%2e', 'charts', 'section')
  await holds(t, fc.property(fc.constantFrom(...DELETING), fc.array(piece, { maxLength: 3 }), fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'), ({ method, sent }, before, other) =>
    !allows('read-only', method, `/${before.join('/')}${sent}`) && !allows('no-delete', method, `${before.map((part) => `/${part}`).join('')}${sent}`) && !allows('read-only', other === 'POST' ? 'DELETE' : other, sent)
  ), { numRuns: 2000 })
})

t.test('a denial names the role, the method and the kind of thing, and quotes nothing else', async (t) => {
  const role = (name: string) => roleNamed(name, new Map()) ?? t.fail(name) as never
  t.strictSame(judgeRole(role('read-only'), 'DELETE', `/api/v1/sessions/canary-${ID}`), { code: 'role-denied', detail: 'the role "read-only" does not allow this DELETE on projects' })
  t.match(judgeRole(role('read-only'), 'POST', '/canary/x'), { detail: 'the role "read-only" does not allow this POST on this endpoint' })
  t.match(judgeRole(role('no-delete'), 'GET', '/canary%2fx'), { code: 'role-denied', detail: /"no-delete" does not allow unusual spellings/, hint: /spell the path plainly/ })
  t.match(judgeRole(role('no-delete'), 'DELETE', '/constructor'), { detail: /on this endpoint$/ })
  await holds(t, fc.property(fc.webPath(), fc.constantFrom('no-delete', 'read-only', 'ingest-only'), (path, name) => {
    const denial = judgeRole(role(name), 'DELETE', `${path}/canary`)
    return denial !== undefined && !/canary/.test(denial.detail + (denial.hint ?? ''))
  }))
})

t.test('read-only allows what SDKs and people read', async (t) => {
  const allowed = [
    'GET /info', 'GET /sessions', `GET /sessions/${ID}`, `HEAD /runs/${ID}`, `OPTIONS /runs/${ID}`, 'GET /datasets', 'GET /examples', 'GET /feedback', 'GET /settings', 'GET /repos', 'GET /commits/acme/my%20prompt/latest', 'GET /commits/-/%40handle',
    'POST /runs/query', 'POST /runs/stats', 'POST /runs/group', 'POST /runs/group/stats', 'POST /traces/query', 'POST /threads/query', `POST /datasets/${ID}/runs`, 'POST /charts', `POST /charts/${ID}`, `POST /charts/section/${ID}`, 'GET /auth/public', 'GET /workspaces'
  ]
  for (const line of allowed) {
    const [method = '', path = ''] = line.split(' ')
    for (const address of addressesOf(path)) t.ok(allows('read-only', method, address), `${method} ${address}`)
  }
})

t.test('no-delete allows the rest, also what is not known yet; full and admin allow everything', async (t) => {
  for (const line of ['POST /runs/multipart', 'POST /sessions', `PATCH /sessions/${ID}`, 'POST /commits/acme/prompt', 'POST /new-things', 'PUT /new-things/x', 'GET /new-things/deleted', 'GET /repos/acme/%E6%97%A5%E6%9C%AC']) {
    const [method = '', path = ''] = line.split(' ')
    for (const address of addressesOf(path)) t.ok(allows('no-delete', method, address), `${method} ${address}`)
  }
  for (const { method, sent } of OPERATIONS) for (const role of ['full', 'admin']) t.ok(allows(role, method, sent.replace(/^\/./, '/%61//;')), `${role}: ${method} ${sent}`)
})

t.test('the pages of the proxy are for admin, and the built-in roles deny rather than report', async (t) => {
  t.strictSame([...BUILT_IN_ROLES.keys()], [...ROLE_NAMES])
  for (const [name, { pages, mode }] of BUILT_IN_ROLES) t.strictSame({ pages, mode }, { pages: name === 'admin', mode: 'enforce' }, name)
  t.equal(roleNamed('constructor', new Map()), undefined)
  t.equal(roleNamed('Full', new Map()), undefined)
})

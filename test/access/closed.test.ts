import t from 'tap'
import { closedEndpoint, judgeEndpoint } from '../../src/access/closed.ts'
import { CLOSED_ENDPOINT_NAMES } from '../../src/access/endpoints.ts'
import type { ClosedEndpointName } from '../../src/access/endpoints.ts'
import { routeOf, startProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const CLOUD = routeOf({ upstream: 'https://api.smith.langchain.com' })

/** An endpoint of each kind; those of the second list are closed for reading too. */
const WRITES: readonly [name: ClosedEndpointName, path: string][] = [
  ['api-keys', 'api-key'],
  ['api-keys', 'api-key/current'],
  ['api-keys', 'api-key/current/1c9a6c1e'],
  ['api-keys', 'orgs/current/service-keys'],
  ['personal-access-tokens', 'orgs/current/personal-access-tokens'],
  ['service-accounts', 'service-accounts'],
  ['service-accounts', 'service-accounts/1c9a6c1e'],
  ['members', 'orgs/current/members'],
  ['members', 'orgs/current/members/batch'],
  ['members', 'orgs/members/basic'],
  ['members', 'orgs/pending/1c9a6c1e/claim'],
  ['members', 'workspaces/current/members'],
  ['members', 'workspaces/pending/1c9a6c1e'],
  ['sign-in', 'login'],
  ['sign-in', 'orgs/current/sso-settings/1c9a6c1e'],
  ['sign-in', 'orgs/current/login-methods'],
  ['scim', 'platform/orgs/current/scim/tokens'],
  ['fleet-credentials', 'fleet/auth-providers']
]
const READS: readonly [name: ClosedEndpointName, path: string][] = [
  ['scim', 'scim/v2/Users'],
  ['oauth', 'oauth/token'],
  ['workspace-secrets', 'workspaces/current/secrets/encrypted'],
  ['fleet-credentials', 'fleet/auth-sessions/1c9a6c1e'],
  ['sandbox-tokens', 'sandboxes/boxes/1c9a6c1e/service-url']
]

/** One endpoint as lenient servers and frameworks may read it. */
const SPELLINGS = [
  '/api/v1/api-key', '/api-key', '/v1/api-key', '/api/api-key', '/api/v2/api-key', '/api/v10/api-key', '/v1/v1/api-key', '/api/v1/api/v1/api-key', '/API/V1/Api-Key',
  '/api/v1/api-key/', '//api//v1//api-key//', '/api/v1/api-key;x', '/api/v1/api-key;x=/y', '/api;x/v1;y/api-key', '/api/v1/;x/api-key', '/api/v1/%61pi-key', '/api/v1/%61%70%69%2d%6B%65%79', '/api/v1/api%2dkey',
  '/api%2fv1%2fapi-key', '/%61pi/%76%31/api-key', '/api/v1/%2561pi-key', '/api/v1/%252561pi-key', '/api%5cv1%5capi-key', '/api/v1%5Capi-key', '/api/v1/api-key%3bx', '/api/v1/api-key%2f', '/%2fapi-key', '/%41PI-KEY', '/api/v1/api-key%3fx', '/api/v1/api-key%23x', '/api/v1/api-key%20', '/api/v1/%20api-key', '/api/v1/api-key.'
]

t.test('an endpoint that hands out credentials is closed, in every spelling', async (t) => {
  for (const path of SPELLINGS) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) t.equal(closedEndpoint(method, path), 'api-keys', `${method} ${path}`)
    t.equal(closedEndpoint('POST', `/smith${path}`, '/smith'), 'api-keys', `below a base, ${path}`)
  }
  for (const [name, path] of [...WRITES, ...READS]) t.equal(closedEndpoint('POST', `/api/v1/${path}`), name, path)
  t.strictSame(new Set([...WRITES, ...READS].map(([name]) => name)), new Set(CLOSED_ENDPOINT_NAMES), 'each name has a case here')
})

t.test('reading is closed only where the answer itself is a credential', async (t) => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    for (const [name, path] of READS) t.equal(closedEndpoint(method, `/${path}`), name, `${method} ${path}`)
    for (const [, path] of WRITES) t.equal(closedEndpoint(method, `/api/v1/${path}`), undefined, `${method} ${path}`)
  }
})

t.test('what only looks like a closed endpoint is open', async (t) => {
  const open = [
    '/', '/api', '/api/v1', '/api/v1/runs', '/api/v1/runs/multipart', '/api/v1/sessions/api-key', '/api/v1/api-keys', '/api/v1/api-key-x', '/api/v1/xapi-key', '/api/v1/orgs/current', '/api/v1/orgs/current/roles',
    '/api/v1/orgs', '/api/v1/workspaces/current/secrets', '/api/v1/workspaces', '/api/v1/loginx', '/otel/v1/traces', '/api/v1/feedback/tokens', '/api/v1/runs/1c9a6c1e/share', '/vx/api-key', '/api/v1/platform/orgs', '/api/v1/sandboxes/boxes/service-url'
  ]
  for (const path of open) t.equal(closedEndpoint('POST', path), undefined, path)
})

t.test('a route opens an endpoint by its name, and that one only', async (t) => {
  t.match(judgeEndpoint(CLOUD, 'POST', '/api/v1/api-key'), { code: 'endpoint-closed', detail: /api-keys/, hint: /add api-keys to "open" of the route in a config file/ })
  const opened = { ...CLOUD, open: ['api-keys'] }
  t.equal(judgeEndpoint(opened, 'POST', '/api/v1/api-key'), undefined)
  t.match(judgeEndpoint(opened, 'POST', '/api/v1/service-accounts'), { code: 'endpoint-closed' })
})

t.test('closed endpoints never reach the upstream, whatever prefix, mapping or header is in front', async (t) => {
  // How it works: POST /api/v1/api-key with the injected key answers with a new, permanent key, so one
  // request would give away what the proxy keeps.
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, {
    routes: [
      { upstream: upstream.url },
      { upstream: `${upstream.url}/api/v1`, prefix: '/self' },
      { upstream: `${upstream.url}/smith/api`, prefix: '/deep' },
      { upstream: upstream.url, prefix: '/open', overrides: { open: ['api-keys', 'sandbox-tokens'] } }
    ]
  })
  const send = (method: string, target: string, lines: readonly string[] = []): ReturnType<typeof sendRaw> =>
    sendRaw(proxy.port, rawRequest(method, target, ['Connection: close', ...lines]))

  for (const prefix of ['', '/self', '/deep']) {
    for (const path of SPELLINGS) t.match(await send('POST', prefix + path), { status: 403, text: /code=endpoint-closed/ }, prefix + path)
  }
  t.match(await send('POST', '/api/v1/api-key?x=/runs'), { status: 403 })
  t.match(await send('GET', '/api/v1/sandboxes/boxes/x/service-url'), { status: 403 })
  t.match(await send('POST', '/open/service-accounts'), { status: 403 })
  t.strictSame(upstream.received, [])

  t.match(await send('POST', '/open/api/v1/api-key'), { status: 200 }, 'opened by name')
  t.match(await send('GET', '/open/sandboxes/boxes/x/service-url'), { status: 200 }, 'opened by name')
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'x_http_method_override']) {
    t.match(await send('GET', '/api/v1/api-key', [`${name}: POST`]), { status: 200 }, 'reading is allowed')
    t.notOk(upstream.received.at(-1)?.rawHeaders.some((header) => /method/i.test(header)), `${name} does not arrive`)
  }
  t.match(await proxy.eventOf('request.denied'), { code: 'endpoint-closed', route: '/', method: 'POST' })
})

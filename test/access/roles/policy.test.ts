// The policy of a route, with real requests: what it denies does not reach the upstream, whatever prefix, mapping or spelling is in front.

import t from 'tap'
import { OPERATIONS } from '../../support/operations.ts'
import { startProxy } from '../../support/proxy.ts'
import { rawRequest, sendRaw } from '../../support/raw.ts'
import { allows } from '../../support/roles-page.ts'
import { startUpstream } from '../../support/upstream.ts'

t.test('what the policy of a route denies never reaches the upstream', async (t) => {
  const upstream = await startUpstream(t)
  const policy = { overrides: { policy: 'read-only' } }
  const proxy = await startProxy(t, {
    routes: [
      { upstream: upstream.url, prefix: '/cloud', ...policy },
      { upstream: `${upstream.url}/api/v1`, prefix: '/self', ...policy },
      { upstream: `${upstream.url}/runs/query`, prefix: '/deep', ...policy }, // a base that looks like something allowed
      { upstream: upstream.url, prefix: '/free' }
    ]
  })
  const send = (method: string, target: string, lines: readonly string[] = []): ReturnType<typeof sendRaw> =>
    sendRaw(proxy.port, rawRequest(method, target, ['Connection: close', 'Content-Length: 0', ...lines]))

  const denied = [
    'DELETE /sessions/x', 'DELETE /api/v1/sessions/x', 'POST /runs/delete', 'POST /runs/%64elete', 'POST /runs', 'POST /runs/query%2f..%2fdelete', 'POST /runs/query%3f', 'POST /runs//query', 'POST /otel', 'POST /otel/v1/traces', 'POST /v1/traces',
    'POST /v1/platform/datasets/examples/delete', 'POST /runs/delete?x=/runs/query', 'GET /feedback/tokens/x', 'GET /new-things', 'GET /', 'POST /'
  ]
  for (const prefix of ['/cloud', '/self', '/deep']) {
    for (const line of denied) {
      const [method = '', path = ''] = line.split(' ')
      const answer = await send(method, prefix + path)
      t.match(answer, { status: /query%2f/.test(path) ? 400 : 403 }, `${method} ${prefix}${path}`)
    }
    t.match(await send('DELETE', prefix), { status: 403, text: /code=role-denied/ })
  }
  t.match(await send('GET', '/cloud/sessions', ['X-HTTP-Method-Override: DELETE']), { status: 200 }, 'reading is allowed')
  t.notOk(upstream.received.at(-1)?.rawHeaders.some((header) => /override/i.test(header)), 'and the wish for another method does not arrive')
  t.equal(upstream.received.length, 1)

  for (const prefix of ['/cloud', '/self', '/deep']) t.match(await send('POST', `${prefix}/api/v1/runs/query`), { status: 200 }, prefix)
  t.match(await send('DELETE', '/free/sessions/x'), { status: 200 }, 'another route has no policy')
  t.equal(upstream.received.length, 5)
})

t.test('a denial is explained to the caller and in the log', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, overrides: { policy: 'no-delete' } }] })
  const response = await fetch(`${proxy.url}/sessions/canary-path?name=canary-query`, { method: 'DELETE', headers: { 'x-api-key': 'canary-key' }, signal: AbortSignal.timeout(20_000) })
  const text = await response.text()
  t.equal(response.status, 403)
  t.match(response.headers.get('x-langsmith-proxy'), /code=role-denied/)
  t.match(JSON.parse(text), { code: 'role-denied', detail: 'the role "no-delete" does not allow this DELETE on projects', hint: /"policy" of the route/ })
  t.notMatch(text, /canary/)
  t.match(await proxy.eventOf('request.denied'), { code: 'role-denied', route: '/', method: 'DELETE', detail: /no-delete/ })
  t.strictSame(upstream.received, [])
})

t.test('a closed endpoint stays closed whatever the policy allows', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, overrides: { policy: 'full' } }] })
  t.match(await sendRaw(proxy.port, rawRequest('POST', '/api/v1/api-key', ['Connection: close', 'Content-Length: 0'])), { status: 403, text: /code=endpoint-closed/ })
  t.strictSame(upstream.received, [])
})

t.test('every known operation is passed on or denied as docs/roles.md says', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: ['no-delete', 'read-only', 'ingest-only'].map((policy) => ({ upstream: upstream.url, prefix: `/${policy}`, overrides: { policy, open: ['oauth', 'scim'] } })) })
  for (const policy of ['no-delete', 'read-only', 'ingest-only']) {
    for (const { method, sent } of OPERATIONS.filter((_, at) => at % 12 === 0)) {
      const response = await fetch(`${proxy.url}/${policy}${sent}`, { method, signal: AbortSignal.timeout(20_000) })
      await response.body?.cancel()
      const code = /code=([\w-]+)/.exec(response.headers.get('x-langsmith-proxy') ?? '')?.[1]
      if (code !== 'endpoint-closed') t.equal(code, allows(policy, method, sent) ? undefined : 'role-denied', `${policy}: ${method} ${sent}`)
    }
  }
})

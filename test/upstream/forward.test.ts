import t from 'tap'
import { request } from 'undici'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { sendRaw, rawRequest } from '../support/raw.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

t.test('the caller\'s credentials are replaced by the route\'s', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, workspaceId: '1c9a6c1e-0000-4000-8000-000000000000' }] })

  const answer = await request(`${proxy.url}/runs?a=1&api_key=canary`, {
    method: 'POST', body: '{"x":1}', headers: { authorization: 'Bearer your_api_key_here', 'x-api-key': 'undefined', cookie: 'a=b', 'content-type': 'application/json' }
  })

  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['x-langsmith-proxy'], 'upstream')
  const [got] = upstream.received
  t.equal(got?.url, '/runs?a=1')
  t.equal(got?.body?.toString(), '{"x":1}')
  t.strictSame(valuesOf(got?.rawHeaders ?? [], 'x-api-key'), [TEST_KEY])
  t.strictSame(valuesOf(got?.rawHeaders ?? [], 'x-tenant-id'), ['1c9a6c1e-0000-4000-8000-000000000000'])
  t.strictSame(valuesOf(got?.rawHeaders ?? [], 'authorization'), [])
  t.strictSame(valuesOf(got?.rawHeaders ?? [], 'cookie'), [])
  t.match(await proxy.eventOf('request.completed'), { status: 200, bytes_in: 7, query_removed: ['api-key'] })
  t.notMatch(proxy.rawLog(), /canary|your_api_key|5ca1ab1e/)
})

t.test('bytes past ASCII in headers arrive as sent, both ways', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(200, { 'x-note': 'caf\xe9' }).end() } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await sendRaw(proxy.port, rawRequest('GET', '/runs', ['X-Name: \xe9', 'Connection: close']))

  t.equal(answer.status, 200)
  t.match(answer.text, 'caf\xe9')
  t.strictSame(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-name'), ['\xe9'])
})

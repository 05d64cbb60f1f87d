import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { request } from 'undici'
import type { Dispatcher } from 'undici'
import { startExchange } from '../../src/exchange.ts'
import { swapRequest } from '../../src/swap/request.ts'
import { createForward } from '../../src/upstream/forward.ts'
import { routeOf, startProxy, TEST_KEY } from '../support/proxy.ts'
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

t.test('a defect on the way of a request with a body is an answer and a line in the log, and not the end of the process', async (t) => {
  const route = routeOf({ upstream: 'http://127.0.0.1:9' })
  const { current: credential } = route.credential
  if (credential === undefined) throw new Error('no key')
  const events: unknown[] = []
  const dispatcher = { dispatch () { throw new RangeError(`defect with ${TEST_KEY}`) } } as unknown as Dispatcher
  const forward = createForward({
    route, connections: { pooled: dispatcher, fresh: dispatcher, count: () => ({ open: 0, busy: 0 }), close: async () => {} }, bodyLimits: { idle: 1000, size: undefined }, onTooMany () {},
    emit: (event) => { events.push(event) }, explain: () => ''
  })
  const server = createServer((request, response) => {
    forward(request, response, startExchange('id', request), { credential, swapped: swapRequest(route, credential, '/runs', '/runs', request.rawHeaders, 'hop') })
  })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })

  const { text } = await sendRaw((server.address() as AddressInfo).port, rawRequest('POST', '/runs', ['Connection: close', 'Content-Length: 2'], '{}'))

  t.match(text, /^HTTP\/1\.1 503 [^]*"code":"internal-error"/)
  t.match(events, [{ event: 'internal.failed', name: 'RangeError' }])
  t.notMatch(text + JSON.stringify(events), TEST_KEY)
})

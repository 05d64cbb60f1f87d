import t from 'tap'
import { startProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const CLOSE = 'Connection: close'

t.test('a web page cannot use the proxy, whatever it sends', async (t) => {
  // How it works: a page that the developer visits rebinds its own DNS name to 127.0.0.1, or sends
  // requests to localhost that need no preflight, and lets the proxy add the key.
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS: 'proxy.internal' } })
  const head = (first: string, lines: readonly string[]): string => [first, ...lines, CLOSE, '', ''].join('\r\n')

  const attacks: readonly [what: string, bytes: string, status: number, code: string][] = [
    ['a rebound name', head('GET /runs HTTP/1.1', [`Host: evil.example:${proxy.port}`]), 421, 'host-not-allowed'],
    ['0.0.0.0', head('GET /runs HTTP/1.1', [`Host: 0.0.0.0:${proxy.port}`]), 421, 'host-not-allowed'],
    ['a forwarded host', head('GET /runs HTTP/1.1', ['Host: evil.example', 'X-Forwarded-Host: localhost', 'Forwarded: host=localhost']), 421, 'host-not-allowed'],
    ['two Hosts, the right one first', head('GET /runs HTTP/1.1', ['Host: localhost', 'Host: evil.example']), 400, 'request-ambiguous'],
    ['two Hosts, the right one last', head('GET /runs HTTP/1.1', ['Host: evil.example', 'Host: localhost']), 400, 'request-ambiguous'],
    ['a list of Hosts', head('GET /runs HTTP/1.1', ['Host: localhost, evil.example']), 400, 'request-ambiguous'],
    ['userinfo', head('GET /runs HTTP/1.1', ['Host: localhost@evil.example']), 400, 'request-ambiguous'],
    ['an empty Host', head('GET /runs HTTP/1.1', ['Host:']), 400, 'request-ambiguous'],
    ['no Host', head('GET /runs HTTP/1.1', []), 400, 'request-ambiguous'],
    ['no Host, in HTTP/1.0', head('GET /runs HTTP/1.0', []), 400, 'request-ambiguous'],
    ['a Host in underscores only', head('GET /runs HTTP/1.1', ['Host_: localhost']), 400, 'request-ambiguous'],
    ['a folded Host', head('GET /runs HTTP/1.1', ['Host: localhost', '  .evil.example']), 400, 'request-ambiguous'],
    ['an absolute target with the right Host', head('GET http://evil.example/runs HTTP/1.1', ['Host: localhost']), 400, 'request-ambiguous'],
    ['an absolute target that is the proxy itself', head('GET http://localhost/runs HTTP/1.1', ['Host: evil.example']), 400, 'request-ambiguous'],
    ['a rebound name on a health page', head('GET /-/live HTTP/1.1', ['Host: evil.example']), 421, 'host-not-allowed'],
    ['a form', head('POST /runs HTTP/1.1', ['Host: localhost', 'Origin: https://evil.example', 'Content-Type: text/plain', 'Content-Length: 0']), 403, 'browser-request'],
    ['an opaque origin', head('DELETE /api/v1/sessions/1 HTTP/1.1', ['Host: localhost', 'Origin: null']), 403, 'browser-request'],
    ['a malformed origin', head('GET /runs HTTP/1.1', ['Host: localhost', 'Origin: http://[']), 403, 'browser-request'],
    ['the proxy\'s own origin', head('GET /runs HTTP/1.1', ['Host: localhost', `Origin: ${proxy.url}`]), 403, 'browser-request'],
    ['a preflight', head('OPTIONS /runs HTTP/1.1', ['Host: localhost', 'Origin: https://evil.example', 'Access-Control-Request-Method: POST', 'Access-Control-Request-Private-Network: true']), 403, 'browser-request'],
    ['an image', head('GET /runs HTTP/1.1', ['Host: localhost', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors']), 403, 'browser-request'],
    ['a page of another local port', head('GET /runs HTTP/1.1', ['Host: localhost', 'Sec-Fetch-Site: same-site']), 403, 'browser-request'],
    ['a page of the proxy, to the upstream', head('GET /runs HTTP/1.1', ['Host: localhost', 'Sec-Fetch-Site: same-origin']), 403, 'browser-request'],
    ['metrics from a page', head('GET /-/metrics HTTP/1.1', ['Host: localhost', 'Sec-Fetch-Site: cross-site']), 403, 'browser-request'],
    ['a WebSocket', head('GET /runs HTTP/1.1', ['Host: localhost', 'Origin: https://evil.example', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']), 403, 'browser-request']
  ]
  for (const [what, bytes, status, code] of attacks) {
    const answer = await sendRaw(proxy.port, bytes)
    t.equal(answer.status, status, what)
    t.match(answer.text, `x-langsmith-proxy: proxy; code=${code}`, what)
    t.notMatch(answer.text, /access-control-|evil|101 /i, `${what}: nothing is granted or reflected`)
  }
  t.strictSame(upstream.received, [], 'nothing was forwarded')

  const passing: readonly [what: string, bytes: string][] = [
    ['a configured name', head('GET /runs HTTP/1.1', ['Host: PROXY.internal:80'])],
    ['an address typed by the user', head('GET /runs HTTP/1.1', ['Host: [::1]:5764', 'Sec-Fetch-Site: none'])],
    ['HTTP/1.0 with a Host', head('GET /runs HTTP/1.0', ['Host: localhost'])],
    ['OPTIONS of a program', head('OPTIONS /runs HTTP/1.1', ['Host: localhost'])],
    ['a part of an own page', head('GET /-/live HTTP/1.1', ['Host: localhost', 'Sec-Fetch-Site: same-origin'])]
  ]
  for (const [what, bytes] of passing) t.equal((await sendRaw(proxy.port, bytes)).status, 200, what)
  t.equal(upstream.received.length, 4)
})

t.test('a method that is not forwarded gets 405 in the proxy\'s own form', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, prefix: '/eu' }] })

  for (const method of ['TRACE', 'PROPFIND', 'MKCOL', 'SEARCH', 'LINK', 'PURGE', 'M-SEARCH', 'QUERY']) {
    for (const target of ['/eu/runs', '/elsewhere', '/-/live']) {
      const answer = await sendRaw(proxy.port, rawRequest(method, target, [CLOSE, 'X-API-Key: canary']))
      t.match(answer.text, /^HTTP\/1\.1 405 Method Not Allowed \(langsmith-proxy: method-not-allowed\)\r\n/, `${method} ${target}`)
      t.match(answer.text, /\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/)
      t.match(answer.text, /\r\ncontent-type: application\/problem\+json\r\n/)
      t.match(JSON.parse(answer.text.split('\r\n\r\n')[1] ?? ''), { status: 405, code: 'method-not-allowed', requestId: /./ })
      t.notMatch(answer.text, /canary/)
    }
  }
  for (const method of ['BREW', 'get', 'GETX']) {
    t.match(await sendRaw(proxy.port, rawRequest(method, '/eu/runs')), { status: 400, text: /code=request-ambiguous/ }, method)
  }
  t.strictSame(upstream.received, [])
})

t.test('CONNECT opens no tunnel', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const answer = await sendRaw(proxy.port, `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1\r\nHost: localhost\r\n\r\nGET /runs HTTP/1.1\r\nHost: localhost\r\n\r\n`)

  t.match(answer.text, /^HTTP\/1\.1 405 [^]*code=method-not-allowed/)
  t.equal(answer.text.split('HTTP/1.1').length, 2, 'one answer, and the connection is over')
  t.match(await proxy.eventOf('request.denied'), { code: 'method-not-allowed', method: 'CONNECT', status: 405 })
  t.strictSame(upstream.received, [])
})

t.test('an ambiguous target is refused before it is routed', async (t) => {
  const upstream = await startUpstream(t)
  const other = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }, { upstream: other.url, prefix: '/eu' }] })

  const targets = [
    '*', `http://127.0.0.1:${upstream.port}/runs`, 'http://localhost/runs', '@evil.example/', '/\\evil.example', '/runs#x', '/runs?a#b', '/eu/../runs', '/eu/%2e%2e/runs',
    '/eu/%252e%252e/runs', '/eu/..;/runs', '/eu/..%2fruns', '/eu/..%5cruns', '/eu/.%2e;x/runs', '/runs/%zz', '/%', '/eu/%f', '/%c3%28', '/%ff', '/eu/%ff%fe', '/runs\u0000', '/ru\u0001ns', '/caf\u00e9', '/runs?\u00e9',
    '/%65u/runs', '/e%75', '/eu%2f..%2fruns', '/%2d/live', '/%2D/metrics', '/-%2f../live', '/%2d', '/%2d/'
  ]
  for (const target of targets) {
    const answer = await sendRaw(proxy.port, rawRequest('GET', target, [CLOSE]))
    t.equal(answer.status, 400, JSON.stringify(target))
    t.match(answer.text, 'x-langsmith-proxy: proxy; code=request-ambiguous', JSON.stringify(target))
  }
  t.strictSame([...upstream.received, ...other.received], [])
})

t.test('a plain target reaches its own route byte for byte', async (t) => {
  const root = await startUpstream(t)
  const eu = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: root.url }, { upstream: eu.url, prefix: '/eu' }] })

  const cases: readonly [target: string, upstream: typeof root, forwarded: string][] = [
    ['/', root, '/'],
    ['/eu', eu, '/'],
    ['/eu/', eu, '/'],
    ['/eu?x=1', eu, '/?x=1'],
    ['/eu/runs/?x=/../y', eu, '/runs/?x=/../y'],
    ['/europe/runs', root, '/europe/runs'],
    ['/EU/runs', root, '/EU/runs'],
    ['/eu;x/runs', root, '/eu;x/runs'],
    ['//eu/runs', root, '//eu/runs'],
    ['/eu//runs//', eu, '//runs//'],
    ['//evil.example/x', root, '//evil.example/x'],
    ['/eu//evil.example/x', eu, '//evil.example/x'],
    ['/@evil.example', root, '/@evil.example'],
    ['/eu/@evil.example', eu, '/@evil.example'],
    ['/http://evil.example/', root, '/http://evil.example/'],
    ['/a%2fb%2Fc/{d}/"e"/%e2%82%ac?q=%zz&r={}|^`\'<>', root, '/a%2fb%2Fc/{d}/"e"/%e2%82%ac?q=%zz&r={}|^`\'<>'],
    ['//-/live', root, '//-/live'],
    ['/-x', root, '/-x'],
    ['/eu/-/live', eu, '/-/live'],
    [`/${'a'.repeat(9000)}`, root, `/${'a'.repeat(9000)}`]
  ]
  for (const [target, upstream, forwarded] of cases) {
    const before = root.received.length + eu.received.length
    t.equal((await sendRaw(proxy.port, rawRequest('GET', target, [CLOSE]))).status, 200, target.slice(0, 60))
    t.equal(upstream.received.at(-1)?.url, forwarded, `${target.slice(0, 60)} as ${forwarded.slice(0, 60)}`)
    t.equal(root.received.length + eu.received.length, before + 1)
  }
})

t.test('the proxy\'s own pages never reach the upstream', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD']) {
    for (const target of ['/-', '/-/x', '/-/live/', '/-/LIVE', '/-/live;x', '/-//live', '/-/stop?x=1']) {
      t.match(await sendRaw(proxy.port, rawRequest(method, target, [CLOSE])), { status: 421, text: /code=no-route/ }, `${method} ${target}`)
    }
  }
  t.match(await sendRaw(proxy.port, rawRequest('POST', '/-/live', [CLOSE])), { status: 421 })
  for (const target of ['/-/live', '/-/ready?x', '/-/startup', '/-/metrics']) {
    t.match(await sendRaw(proxy.port, rawRequest('GET', target, [CLOSE])), { status: 200, text: /\r\nx-langsmith-proxy: proxy\r\n/ }, target)
  }
  t.strictSame(upstream.received, [])
})

t.test('a path of no route is 421, never 404', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, prefix: '/eu' }] })

  for (const target of ['/', '/runs', '/europe', '/Eu/x', '//eu']) {
    t.match(await sendRaw(proxy.port, rawRequest('POST', target, [CLOSE, 'Content-Length: 2'], '{}')), {
      status: 421, text: /^HTTP\/1\.1 421 Misdirected Request \(langsmith-proxy: no-route\)[^]*"hint":"[^}]*check/
    }, target)
  }
  t.strictSame(upstream.received, [])
})

t.test('a request that comes back to its proxy ends there; the chain of other proxies is kept', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  await sendRaw(proxy.port, rawRequest('GET', '/', [CLOSE, 'X-LangSmith-Proxy-Hop: aaa, bbb', 'x-langsmith-proxy-hop: ccc', 'X-LangSmith-Proxy: forged', 'Connection: x-langsmith-proxy-hop']))
  const [chain = ''] = valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-langsmith-proxy-hop')
  t.match(chain, /^aaa, bbb, ccc, [0-9a-f]{12}$/)
  t.strictSame(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-langsmith-proxy'), [])

  for (const [name, value] of [['x-langsmith-proxy-hop', chain], ['X-LANGSMITH-PROXY-HOP', chain.slice(-12)], ['X-LangSmith-Proxy-Hop', `${chain.slice(-12)},ddd`]] as const) {
    t.match(await sendRaw(proxy.port, rawRequest('GET', '/', [CLOSE, `${name}: ${value}`])), { status: 508, text: /code=loop-detected/ }, `${name}: ${value}`)
  }
  t.equal(upstream.received.length, 1)

  const looped = await startProxy(t, { routes: [{ upstream: proxy.url }] })
  t.equal((await sendRaw(looped.port, rawRequest('GET', '/', [CLOSE]))).status, 200, 'another proxy in front is a legitimate chain')
  t.match(valuesOf(upstream.received[1]?.rawHeaders ?? [], 'x-langsmith-proxy-hop')[0], /^[0-9a-f]{12}, [0-9a-f]{12}$/)
})

t.test('every denial is one warning in the log, without query and without control characters', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  await sendRaw(proxy.port, rawRequest('GET', '/caf%C3%A9/\u007f?canary=1', [CLOSE]))
  const denied = await proxy.eventOf('request.denied')

  t.match(denied, { code: 'request-ambiguous', status: 400, hint: /./ })
  t.notMatch(proxy.rawLog(), /canary|\u007f/)
})

t.test('TLS on the plain port is named in the log, with what to do', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  await sendRaw(proxy.port, '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03')
  t.match(await proxy.eventOf('request.denied'), { code: 'request-ambiguous', detail: /TLS/, hint: /http:\/\// })
})

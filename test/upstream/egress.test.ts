// Through a company's forward proxy. It sees host and port, and nothing of what is said; whoever it
// really connects us to must prove the upstream's name, or gets no byte.

import t from 'tap'
import type { Test } from 'tap'
import { request } from 'undici'
import { createAuthority, selfSigned } from '../support/certificates.ts'
import { startEgress } from '../support/egress-proxy.ts'
import type { EgressOptions, TestEgress } from '../support/egress-proxy.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { rawAnswer, startRawUpstream } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const authority = createAuthority()
const authorities = new Map([['company.pem', authority.cert]])
const TIMEOUT = { LANGSMITH_PROXY_TIMEOUTS_CONNECT: '300ms' }

async function startBehind (t: Test, upstream: string, options: EgressOptions = {}, userinfo = ''): Promise<{ proxy: TestProxy, egress: TestEgress }> {
  const egress = await startEgress(t, options)
  const overrides = { egress: egress.egress(userinfo), caFile: 'company.pem' }
  const proxy = await startProxy(t, { routes: [{ upstream, overrides }], authorities, env: TIMEOUT })
  return { proxy, egress }
}

const IMPOSTORS = [
  { name: 'self-signed', tls: selfSigned() },
  { name: 'for another name', tls: authority.issue({ names: ['api.smith.langchain.com'] }) },
  { name: 'expired', tls: authority.issue({ from: -9, to: -2 }) }
]

for (const { name, tls } of IMPOSTORS) {
  t.test(`at the end of the tunnel, a certificate that is ${name} gets not one byte`, async (t) => {
    const upstream = await startRawUpstream(t, { tls, onRequest: (socket) => { socket.end(rawAnswer('200 OK', 'got you')) } })
    const { proxy, egress } = await startBehind(t, upstream.url)
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    t.teardown(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    })

    const answer = await request(`${proxy.url}/runs`)

    t.equal(answer.statusCode, 502)
    t.match(await answer.body.json(), { code: 'upstream-tls' })
    t.equal(upstream.bytes(), 0)
    t.strictSame(egress.asked, [`127.0.0.1:${upstream.port}`])
  })
}

const REFUSALS = [
  { status: '407 Proxy Authentication Required', hint: /user and password/ },
  { status: '403 Forbidden', hint: /NO_PROXY/ },
  { status: '502 Bad Gateway', hint: /NO_PROXY/ }
]

for (const { status, hint } of REFUSALS) {
  t.test(`an egress proxy that answers ${status} is named as the one that refused`, async (t) => {
    const { proxy, egress } = await startBehind(t, 'https://api.test:8443', {
      onConnect: (_request, socket) => { socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\nbusy`) }
    })

    const answer = await request(`${proxy.url}/runs`, { method: 'POST', body: 'x' })

    t.equal(answer.statusCode, 502)
    t.match(await answer.body.json(), { code: 'upstream-unreachable', detail: /egress proxy/, hint })
    t.match(await proxy.eventOf('upstream.failed'), { reason: `EGRESS_PROXY_${status.slice(0, 3)}` })
    t.strictSame(egress.asked, ['api.test:8443'])
    t.notMatch(JSON.stringify(egress.headers), TEST_KEY)
  })
}

const BROKEN: readonly { readonly name: string, readonly options: EgressOptions, readonly status: number, readonly code: string }[] = [
  { name: 'closes the connection', options: { onConnection: (socket) => { socket.destroy() } }, status: 502, code: 'upstream-unreachable' },
  { name: 'closes instead of an answer', options: { onConnect: (_request, socket) => { socket.destroy() } }, status: 502, code: 'upstream-unreachable' },
  { name: 'answers garbage', options: { onConnect: (_request, socket) => { socket.end('SSH-2.0-egress\r\n') } }, status: 502, code: 'upstream-unreachable' },
  { name: 'never answers', options: { onConnect: () => {} }, status: 504, code: 'upstream-timeout' }
]

for (const { name, options, status, code } of BROKEN) {
  t.test(`an egress proxy that ${name}: ${status}, and it is asked a few times at most`, async (t) => {
    const { proxy, egress } = await startBehind(t, 'https://api.test:8443', options)

    const answer = await request(`${proxy.url}/runs`, { headersTimeout: 5000 })

    t.equal(answer.statusCode, status)
    t.match(await answer.body.json(), { code })
    t.ok(egress.connections() <= 2, `${egress.connections()} connections`)
  })
}

t.test('an egress proxy that is down or presents a certificate for another name is named too', async (t) => {
  const gone = await startEgress(t, { tls: authority.issue({ names: ['other.test'] }) })
  const down = { url: 'http://127.0.0.1:9/', shown: '127.0.0.1:9', setAt: 'HTTPS_PROXY' }
  const proxy = await startProxy(t, {
    routes: [
      { prefix: '/down', upstream: 'https://api.test', overrides: { egress: down } },
      { prefix: '/', upstream: 'https://api.test', overrides: { egress: gone.egress() } }
    ]
  })

  const answer = await (await request(`${proxy.url}/down/runs`)).body.json() as { code: string, detail: string }
  t.match(answer, { code: 'upstream-unreachable', detail: /^the egress proxy/, hint: /LANGSMITH_PROXY_EGRESS_PROXY=none/ })
  t.match(await proxy.eventOf('upstream.failed'), { detail: answer.detail })
  t.match(proxy.rawLog(), /api\.test: the egress proxy \(HTTPS_PROXY\) could not be reached/, 'the log does not blame the upstream')
  t.match(await (await request(`${proxy.url}/runs`)).body.json(), { code: 'upstream-tls' })
  t.strictSame(gone.asked, [])
})

t.test('the egress proxy sees host, port and its own password, and nothing of the request', async (t) => {
  const upstream = await startUpstream(t, { tls: authority.issue(), answer: (_request, response, body) => { response.end(body) } })
  const { proxy, egress } = await startBehind(t, upstream.url, {}, 'ana:p%40ss@')

  for (const body of ['one', 'two']) {
    t.equal(await (await request(`${proxy.url}/runs?q=1`, { method: 'POST', body })).body.text(), body)
  }

  t.strictSame(egress.asked, [`127.0.0.1:${upstream.port}`], 'one tunnel serves both')
  t.equal(egress.headers[0]?.['proxy-authorization'], `Basic ${Buffer.from('ana:p@ss').toString('base64')}`)
  t.notMatch(JSON.stringify(egress.headers), TEST_KEY)
  t.equal(egress.plain(), 0)
  t.notMatch(proxy.rawLog(), /p@ss|p%40ss/)
})

// Plain http through a forward proxy would hand it the key.
t.test('an http upstream is never reached through the egress proxy, whatever the route says', async (t) => {
  const upstream = await startUpstream(t)
  const { proxy, egress } = await startBehind(t, upstream.url)

  t.equal((await request(`${proxy.url}/runs`)).statusCode, 200)

  t.equal(egress.connections(), 0)
})

t.test('a password with a lone percent sign is sent as it stands', async (t) => {
  const upstream = await startUpstream(t, { tls: authority.issue() })
  const { proxy, egress } = await startBehind(t, upstream.url, {}, 'ana:50%@')

  t.equal((await request(`${proxy.url}/runs`)).statusCode, 200)

  t.equal(egress.headers[0]?.['proxy-authorization'], `Basic ${Buffer.from('ana:50%').toString('base64')}`)
})

t.test('repeated headers arrive as sent through the tunnel as well', async (t) => {
  const upstream = await startRawUpstream(t, { tls: authority.issue(), onRequest: (socket) => { socket.end(rawAnswer('200 OK', 'ok')) } })
  const { proxy } = await startBehind(t, upstream.url)

  const answer = await sendRaw(proxy.port, rawRequest('GET', '/runs', ['X-Tag: one', 'Accept: */*', 'X-Tag: two', '__proto__: kept', 'Connection: close']), 1000)

  t.equal(answer.status, 200)
  t.match(upstream.heads[0], /X-Tag: one\r\nAccept: \*\/\*\r\nX-Tag: two\r\n__proto__: kept\r\n/)
})

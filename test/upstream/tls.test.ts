// The attack: whoever can answer in the upstream's place (on the network, in DNS) presents a certificate
// of his own. If the proxy speaks to him at all, its first words hold the key.

import t from 'tap'
import { request } from 'undici'
import { createAuthority, selfSigned } from '../support/certificates.ts'
import { startProgram } from '../support/process.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { rawAnswer, startRawUpstream } from '../support/raw-upstream.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const authority = createAuthority()
const stranger = createAuthority('stranger')
const trust = { overrides: { caFile: 'company.pem' } }
const authorities = new Map([['company.pem', authority.cert]])

const IMPOSTORS = [
  { name: 'self-signed', tls: selfSigned(), reason: 'DEPTH_ZERO_SELF_SIGNED_CERT', hint: /set "ca"/ },
  { name: 'from an authority that nobody knows', tls: stranger.issue(), reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', hint: /set "ca"/ },
  { name: 'for another name', tls: authority.issue({ names: ['api.smith.langchain.com', '127.0.0.2'] }), reason: 'ERR_TLS_CERT_ALTNAME_INVALID', hint: /another name/ },
  { name: 'expired', tls: authority.issue({ from: -9, to: -2 }), reason: 'CERT_HAS_EXPIRED', hint: /clock/ },
  { name: 'not valid yet', tls: authority.issue({ from: 2, to: 9 }), reason: 'CERT_NOT_YET_VALID', hint: /clock/ }
]

for (const { name, tls, reason, hint } of IMPOSTORS) {
  t.test(`an upstream whose certificate is ${name} gets not one byte`, async (t) => {
    const upstream = await startRawUpstream(t, { tls, onRequest: (socket) => { socket.end(rawAnswer('200 OK', 'got you')) } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, ...trust }], authorities })

    for (const method of ['GET', 'POST'] as const) {
      const answer = await request(`${proxy.url}/runs`, { method, body: method === 'POST' ? 'x' : null })
      t.equal(answer.statusCode, 502)
      t.match(await answer.body.json(), { code: 'upstream-tls', hint })
    }

    t.equal(upstream.bytes(), 0)
    t.match(await proxy.eventOf('upstream.failed'), { code: 'upstream-tls', reason })
    t.notMatch(proxy.rawLog(), TEST_KEY)
  })
}

t.test('a certificate of the system\'s authorities is asked for where a route has no ca', async (t) => {
  const upstream = await startRawUpstream(t, { tls: authority.issue() })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], authorities })

  t.equal((await request(`${proxy.url}/runs`)).statusCode, 502)
  t.equal(upstream.bytes(), 0)
})

t.test('the ca of one route is not trusted by another', async (t) => {
  const upstream = await startUpstream(t, { tls: authority.issue() })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, ...trust }, { prefix: '/other', upstream: upstream.url }], authorities })

  t.equal((await request(`${proxy.url}/other/runs`)).statusCode, 502)
  t.equal(upstream.received.length, 0)
  t.equal((await request(`${proxy.url}/runs`)).statusCode, 200)
  t.strictSame(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-api-key'), [TEST_KEY])
})

t.test('a server that does not speak TLS gets no key', async (t) => {
  const upstream = await startRawUpstream(t, { onConnection: (socket) => { socket.write('HTTP/1.1 400 Bad Request\r\n\r\n') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url.replace('http:', 'https:'), ...trust }], authorities })

  const answer = await request(`${proxy.url}/runs`)

  t.equal(answer.statusCode, 502)
  t.match(await answer.body.json(), { code: 'upstream-tls', detail: /^the upstream does not speak TLS there/, hint: /start with http:\/\// })
  t.equal(upstream.heads.length, 0)
})

t.test('a connection that breaks during the handshake is not reachable: nothing was sent', async (t) => {
  const upstream = await startRawUpstream(t, { onConnection: (socket) => { socket.once('data', () => { socket.destroy() }) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url.replace('http:', 'https:'), ...trust }], authorities })

  const answer = await request(`${proxy.url}/runs`, { method: 'POST', body: 'x' })

  t.equal(answer.statusCode, 502)
  t.match(await answer.body.json(), { code: 'upstream-unreachable' })
})

// NODE_TLS_REJECT_UNAUTHORIZED=0 is often left behind in the shells of people whose company inspects TLS.
t.test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async (t) => {
  const upstream = await startRawUpstream(t, { tls: selfSigned(), onRequest: (socket) => { socket.end(rawAnswer('200 OK', 'got you')) } })
  const program = await startProgram(t, [], {
    env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url }
  })

  const answer = await request(`${program.url}/runs`)

  t.equal(answer.statusCode, 502)
  t.match(await answer.body.json(), { code: 'upstream-tls' })
  t.equal(upstream.bytes(), 0)
  t.notMatch(program.stderr(), TEST_KEY)
})

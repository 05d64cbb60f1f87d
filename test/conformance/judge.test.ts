// The judge of all the others: it must find fault with what is wrong, or no pass of the suite means a thing.

import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import t from 'tap'
import { answer, CANARY, forwarded, KEYS, OK_ANSWER, request } from './case.ts'
import type { Outcome, PlaceName } from './case.ts'
import { GROUPS } from './cases.ts'
import { judge } from './judge.ts'
import { readMessages } from './message.ts'
import { startPlaces } from './places.ts'
import type { Places } from './places.ts'
import { runCase } from './run-case.ts'

const INJECTED = [`X-API-Key: ${KEYS.main}`, `X-Tenant-Id: ${KEYS.mainWorkspace}`]
const GOOD = request('GET /x', INJECTED)
const PASSED = forwarded({ line: 'GET /x HTTP/1.1' })

/** What the judge says of these bytes. */
function verdict (sent: string, came: string, outcome: Outcome = PASSED, place: PlaceName = 'main', end: 'fin' | 'reset' = 'fin'): string {
  return judge({
    client: { ...readMessages(came, { kind: 'answer', ended: end === 'fin' }), text: came, end },
    connections: sent === '' ? [] : [{ ...readMessages(sent, { kind: 'request' }), text: sent, end, place, complaint: undefined }]
  }, outcome, false).join('; ')
}

t.test('what is right passes', async (t) => {
  t.equal(verdict(GOOD, OK_ANSWER), '')
  t.equal(verdict('', answer('400 Bad Request'), { reaches: [], answers: 'a refusal' }), '')
})

t.test('a request that goes up with the wrong credentials fails', async (t) => {
  t.match(verdict(request('GET /x', [...INJECTED, `X-Note: ${CANARY}`]), OK_ANSWER), /^a credential of the client reached main/)
  t.match(verdict(request('GET /x', [`X-API-Key: ${KEYS.eu}`, `X-Tenant-Id: ${KEYS.euWorkspace}`]), OK_ANSWER), /^not exactly the key of the route reached main; not exactly the workspace/)
  t.match(verdict(request('GET /x', [...INJECTED, `X-Api-Key: ${KEYS.main}`]), OK_ANSWER), /^not exactly the key/)
  t.match(verdict(request('GET /x', INJECTED.slice(1)), OK_ANSWER), /^no key reached main/)
  t.match(verdict(GOOD, OK_ANSWER, PASSED, 'impostor'), /it reached impostor/)
})

t.test('a request too many, too few or too short fails', async (t) => {
  t.match(verdict(GOOD + GOOD, OK_ANSWER), /^2 instead of 1 requests/)
  t.match(verdict('', OK_ANSWER), /^0 instead of 1 requests/)
  t.match(verdict(GOOD, answer('400 Bad Request'), { reaches: [], answers: 'a refusal' }), /^1 instead of 0 requests/)
  t.match(verdict(request('GET /x', [...INJECTED, 'Content-Length: 5'], 'half'), OK_ANSWER), /the request did not arrive whole/)
  t.match(verdict(GOOD, OK_ANSWER, { ...PASSED, reaches: [{ line: 'GET /x HTTP/1.1', cut: true }] }), /the broken request looks complete/)
})

t.test('an answer that was broken and looks complete fails, and so does one that is not whole', async (t) => {
  const cut = forwarded({ line: 'GET /x HTTP/1.1' }, { body: 'half', cut: true })
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'
  t.equal(verdict(GOOD, chunked, cut), '')
  t.equal(verdict(GOOD, 'HTTP/1.1 200 OK\r\n\r\nhalf', cut, 'main', 'reset'), '')
  for (const whole of [answer('200 OK', 'half'), `${chunked}0\r\n\r\n`, 'HTTP/1.1 200 OK\r\n\r\nhalf']) t.match(verdict(GOOD, whole, cut), /the broken answer looks complete/)
  t.match(verdict(GOOD, chunked, forwarded({ line: 'GET /x HTTP/1.1' }, { body: 'half' })), /the answer did not come whole/)
})

t.test('what must not come back fails', async (t) => {
  for (const key of [KEYS.main, KEYS.eu, KEYS.main.slice(12, 28)]) t.match(verdict(GOOD, answer('200 OK', `a ${key} b`), forwarded({ line: 'GET /x HTTP/1.1' }, { body: `a ${key} b` })), /^a key came back/)
  t.match(verdict(GOOD, OK_ANSWER, { ...PASSED, withholds: 'OK' }), /'OK' came back/)
  t.match(verdict(GOOD, `${OK_ANSWER}garbage`), /^bytes that are no plain answer/)
  t.match(verdict(GOOD, OK_ANSWER + OK_ANSWER), /2 instead of 1 answers/)
})

t.test('a message that two parsers could read differently is garbage', async (t) => {
  const chunked = ['Transfer-Encoding: chunked']
  const unclear = [
    'garbage\r\n\r\n', 'GET /x HTTP/1.1\nHost: localhost\n\n', 'GET /x y HTTP/1.1\r\n\r\n', request('GET /x', ['X-API-Key : a']), request('GET /x', ['X-A: b', ' folded']), request('GET /x', ['X-A: b\rc']), request('GET /x', ['X-A: b\0c']),
    request('POST /x', ['Content-Length: 2', 'Content-Length: 2'], 'ok'), request('POST /x', ['Content-Length: 2, 2'], 'ok'), request('POST /x', ['Content-Length: +2'], 'ok'), request('POST /x', ['Content-Length: 7', ...chunked], '2\r\nok\r\n0\r\n\r\n'),
    request('POST /x', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'), request('POST /x', [...chunked, ...chunked], '0\r\n\r\n'),
    ...['2;a=b\r\nok\r\n', '0x2\r\nok\r\n', '2\nok\r\n', '2\r\nokay\r\n', ' 2\r\nok\r\n', '-2\r\nok\r\n'].map((body) => request('POST /x', chunked, body))
  ]
  for (const text of unclear) t.equal(readMessages(text, { kind: 'request' }).garbage, text, JSON.stringify(text))
  t.match(readMessages(request('POST /x', chunked, '2\r\nok\r\n0\r\n\r\n'), { kind: 'request' }), { garbage: '', messages: [{ body: 'ok', complete: true }] })
})

// It answers for a failed request before the body has come, and then takes the body for the next request.
t.test('a proxy that can be smuggled through fails the case about it', async (t) => {
  const places = await startPlaces()
  t.teardown(() => places.close())
  const server = careless(places)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => new Promise<void>((resolve) => { server.close(() => { resolve() }) }))
  const smuggling = GROUPS['request smuggling'].find(({ name }) => name === 'a body whose request has failed is not taken for a request')
  if (smuggling === undefined) throw new Error('the case has another name now')
  const wrong = await runCase(smuggling, (server.address() as AddressInfo).port, places, false)
  t.match(wrong.join('; '), /1 instead of 0 requests reached an upstream: "GET \/smuggled HTTP\/1\.1"/)
})

function careless ({ ports }: Pick<Places, 'ports'>): Server {
  return createServer((socket) => {
    let rest = ''
    socket.on('error', () => {})
    socket.on('data', (piece: Buffer) => {
      rest += piece.toString('latin1')
      for (let end = rest.indexOf('\r\n\r\n'); end !== -1; end = rest.indexOf('\r\n\r\n')) {
        const head = rest.slice(0, end)
        rest = rest.slice(end + 4)
        if (head.startsWith('POST /down')) {
          socket.write('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')
          continue
        }
        const upstream = connect(ports.main, '127.0.0.1').on('error', () => {})
        upstream.write([head, ...INJECTED, '', ''].join('\r\n'))
        upstream.on('data', (answered) => { socket.write(answered) })
      }
    })
  })
}

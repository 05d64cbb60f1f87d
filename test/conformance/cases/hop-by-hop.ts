// Fields of one connection stay on it, both ways (RFC 9110, section 7.6.1).

import { answer, CANARY, FIN, forwarded, MESSAGE, refused, REFUSED, request, withBody } from '../case.ts'
import type { Case } from '../case.ts'

const LINE = 'GET /x HTTP/1.1'
const POST_LINE = 'POST /x HTTP/1.1'

/** Fields that the client sends, and what of them may not go up. */
const REQUESTS: readonly (readonly [says: string, lines: readonly string[], lacks: readonly string[]])[] = [
  ['Keep-Alive', ['Keep-Alive: timeout=77'], ['keep-alive: timeout=77']], // the bare library: 500
  ['Keep-Alive that Connection names', ['Connection: keep-alive', 'Keep-Alive: timeout=77, max=100'], ['keep-alive: timeout=77, max=100']],
  ['Proxy-Connection', ['Proxy-Connection: keep-alive'], ['proxy-connection']],
  ['TE', ['Connection: TE', 'TE: gzip;q=0.5'], ['te']],
  ['a field that Connection names', ['Connection: X-Hop', 'X-Hop: 1'], ['x-hop']],
  ['a field that Connection names in another letter case', ['Connection: keep-alive, x-HOP', 'X-Hop: 1'], ['x-hop']],
  ['fields that a second Connection line names', ['Connection: keep-alive', 'X-Hop: 1', 'X-Hop-Two: 2', 'connection: x-hop,x-hop-two'], ['x-hop', 'x-hop-two']],
  ['a field that Connection names among empty elements', ['Connection: ,, \t, x-hop ,', 'X-Hop: 1'], ['x-hop']],
  ['a lone Upgrade without Connection', ['Upgrade: h2c'], ['upgrade']], // the bare library: 500
  ['Upgrade: h2c with HTTP2-Settings (h2c smuggling)', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'], ['upgrade', 'http2-settings']],
  ['Upgrade to a protocol that nobody knows', ['Connection: upgrade', 'Upgrade: unheard/9'], ['upgrade']],
  ['Proxy-Authorization that Connection names', ['Connection: proxy-authorization', `Proxy-Authorization: Basic ${CANARY}`], ['proxy-authorization']]
]

/** What Connection may not take away from the request that goes up, with a body of 4 bytes. */
const NAMED_AWAY: readonly (readonly [says: string, connection: string])[] = [
  ['the injected key', 'x-api-key'],
  ['the injected workspace', 'close, X-Tenant-Id'],
  ['the key in any spelling', 'X-API-KEY, x-Api-Key, x_api_key'],
  ['the length of the body', 'content-length'],
  ['the Host', 'Host, keep-alive'],
  ['all of them', 'close, host, content-length, content-type, transfer-encoding, x-api-key, x-tenant-id']
]

/** Fields that the upstream sends, and what of them may not come back. */
const ANSWERS: readonly (readonly [says: string, lines: readonly string[], lacks: readonly string[]])[] = [
  ['Connection options', ['Connection: close, x-mark'], ['connection: close, x-mark']],
  ['Keep-Alive', ['Connection: close', 'Keep-Alive: timeout=777'], ['keep-alive: timeout=777']],
  ['Proxy-Connection', ['Connection: close', 'Proxy-Connection: close'], ['proxy-connection']],
  ['Upgrade', ['Connection: close, Upgrade', 'Upgrade: h2,h2c'], ['upgrade']],
  ['a field that Connection names', ['Connection: close, X-Hop', 'X-Hop: 1'], ['x-hop']],
  ['a field that Connection names later and in another letter case', ['X-HOP: 1', 'Connection: close', 'Connection: x-hop'], ['x-hop']]
]

export const hopByHop: readonly Case[] = [
  ...REQUESTS.map(([says, lines, lacks]) => ({
    name: `does not go up: ${says}`, promise: 'P5', send: request('GET /x', [...lines, 'X-End: 1']), expect: forwarded({ line: LINE, has: ['X-End: 1'], lacks })
  })),
  {
    name: 'TE: trailers does not go up, or as the proxy\'s own',
    promise: 'P5',
    send: request('GET /x', ['Connection: TE', 'TE: trailers, deflate;q=0.5']),
    expect: [forwarded({ line: LINE, lacks: ['te'] }), forwarded({ line: LINE, has: ['TE: trailers'] })]
  },
  {
    name: 'Connection may name a hundred fields; all of them stay here',
    promise: 'P5',
    send: request('GET /x', [`Connection: ${Array.from({ length: 100 }, (_, i) => `x-n${i}`).join()}`, 'X-N0: 1', 'X-N99: 1', 'X-N100: 1']),
    expect: [forwarded({ line: LINE, has: ['X-N100: 1'], lacks: ['x-n0', 'x-n99'] }), REFUSED]
  },
  ...NAMED_AWAY.map(([says, connection]) => ({
    name: `Connection does not name away ${says}`,
    promise: 'P1',
    send: withBody('POST /x', 'body', [`Connection: ${connection}`, 'Content-Type: a/b']),
    expect: [forwarded({ line: POST_LINE, body: 'body' }), REFUSED],
    ours: forwarded({ line: POST_LINE, body: 'body', has: ['Content-Type: a/b', 'content-length: 4'] })
  })),
  {
    name: 'Connection does not bring a credential of the client back',
    promise: 'P3',
    send: request('GET /x', ['Connection: authorization, x-api-key', `Authorization: Bearer ${CANARY}`, `X-API-Key: ${CANARY}`]),
    expect: forwarded({ line: LINE, lacks: ['authorization'] })
  },
  {
    name: 'Connection does not take the framing of a chunked body away',
    promise: 'P5',
    send: request('POST /x', ['Connection: transfer-encoding', 'Transfer-Encoding: chunked'], '4\r\nbody\r\n0\r\n\r\n'),
    expect: [forwarded({ line: POST_LINE, body: 'body' }), REFUSED]
  },
  {
    name: 'a WebSocket handshake that the upstream answers plainly is answered plainly',
    promise: 'P5',
    send: request('GET /x', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']),
    expect: forwarded({ line: LINE }),
    ours: { ...forwarded({ line: LINE, lacks: ['upgrade'] }), then: 'closed' }
  },
  {
    name: 'a POST with an Upgrade keeps its body, or is refused',
    promise: 'P5',
    send: withBody('POST /x', 'body', ['Connection: Upgrade', 'Upgrade: unheard/9']),
    expect: [forwarded({ line: POST_LINE, body: 'body', lacks: ['upgrade'] }), REFUSED]
  },
  { name: 'Connection: close closes the connection after the answer', promise: 'P5', send: request('GET /x', ['Connection: close']), expect: { ...forwarded({ line: LINE }), then: 'closed' } },
  { name: 'a close of the upstream leaves the client\'s connection open', promise: 'P5', send: request('GET /x'), expect: forwarded({ line: LINE }), ours: { ...forwarded({ line: LINE }), then: 'open' } },
  { name: 'Connection: close counts in any letter case and as one of many', promise: 'P5', send: request('GET /x', ['connection: x-a, CLOSE']), expect: { ...forwarded({ line: LINE }), then: 'closed' } },
  {
    name: 'two requests on one connection are two requests upstream, answered in order',
    promise: 'P6',
    send: [request('GET /one'), MESSAGE, request('GET /two', ['Connection: close'])],
    upstream: (nth) => [MESSAGE, answer('200 OK', `answer ${nth}`, [])],
    expect: {
      reaches: [{ line: 'GET /one HTTP/1.1' }, { line: 'GET /two HTTP/1.1' }],
      answers: [{ status: 200, body: 'answer 1' }, { status: 200, body: 'answer 2' }],
      then: 'closed'
    }
  },
  { name: 'a field name in Connection that is no token does no harm', promise: 'P5', send: request('GET /x', ['Connection: "x-hop", (a), =;', 'X-End: 1']), expect: [forwarded({ line: LINE, has: ['X-End: 1'] }), REFUSED] },
  {
    name: 'a Connection with a NUL in it is refused, or the NUL stays here', // RFC 9110, section 5.5
    promise: 'P5',
    send: request('GET /x', ['Connection: close\0, x']),
    ...refused(400, 'request-ambiguous'),
    expect: [REFUSED, forwarded({ line: LINE })]
  },
  ...ANSWERS.map(([says, lines, lacks]) => ({
    name: `does not come back: ${says}`,
    promise: 'P5',
    send: request('GET /x'),
    upstream: [MESSAGE, answer('200 OK', 'ok', [...lines, 'X-End: 1']), FIN] as const,
    expect: forwarded({ line: LINE }, { has: ['X-End: 1'], lacks })
  }))
]

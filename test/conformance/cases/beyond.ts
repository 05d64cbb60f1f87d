// What a proxy may do and ours does not promise. It is counted apart, so that the page of results says
// where another program serves better; none of it is needed by LangSmith's clients.

import { answer, FIN, forwarded, MESSAGE, OK_ANSWER, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'

const GOT = { line: 'GET /x HTTP/1.1' }
/** The steps say what is wanted. */
const RAW: Outcome = { reaches: [], answers: [], raw: true }
const KEPT = 'GET /x HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n'
const SETTINGS = '\x04\0\0\0\0\0' // type, no flags, stream 0 (RFC 9113, sections 4.1 and 6.5)

export const beyond: readonly Case[] = [
  {
    name: 'trailers of a request arrive upstream',
    promise: 'none',
    send: [request('POST /x', ['Transfer-Encoding: chunked', 'Trailer: X-Sum'], '2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'), { received: ' 200 ' }],
    upstream: [MESSAGE, { received: '\r\nX-Sum: 1\r\n' }, OK_ANSWER],
    expect: RAW
  },
  {
    name: 'trailers of an answer reach the client',
    promise: 'none',
    send: [request('GET /x', ['TE: trailers', 'Connection: TE']), { received: '0\r\nX-Sum: 1\r\n' }],
    upstream: [MESSAGE, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'],
    expect: RAW
  },
  {
    name: '103 Early Hints reaches the client',
    promise: 'none',
    send: [request('GET /x'), { received: ' 103 ' }, MESSAGE],
    upstream: [MESSAGE, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', OK_ANSWER],
    expect: forwarded(GOT)
  },
  { name: 'a 100 that nobody asked for does not harm the answer', promise: 'none', send: request('GET /x'), upstream: [MESSAGE, 'HTTP/1.1 100 Continue\r\n\r\n', OK_ANSWER], expect: forwarded(GOT) },
  { name: 'a client that closes its sending side gets its answer', promise: 'none', send: [request('GET /x'), FIN], upstream: [MESSAGE, { pause: 50 }, OK_ANSWER], expect: forwarded(GOT) },
  {
    name: 'a WebSocket handshake opens a tunnel',
    promise: 'none',
    send: [request('GET /x', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']), { received: '\r\n\r\n' }, 'from the client', { received: 'from upstream' }],
    upstream: [MESSAGE, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n', { received: 'from the client' }, 'from upstream'],
    expect: RAW
  },
  { name: 'HTTP/2 without TLS is spoken', promise: 'none', send: [`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0${SETTINGS}`, { received: SETTINGS }], expect: RAW },
  {
    name: 'a client of HTTP/1.0 may keep its connection',
    promise: 'none',
    send: [KEPT, { received: 'answer 1' }, KEPT, { received: 'answer 2' }],
    upstream: (nth) => [MESSAGE, answer('200 OK', `answer ${nth}`)],
    expect: RAW
  },
  ...['Content-Length:\t5', 'Content-Length: 5\t'].map((line): Case => ({ name: `a tab around a length is blank space: ${JSON.stringify(line)}`, promise: 'none', send: request('POST /x', [line], 'hello'), expect: forwarded({ line: 'POST /x HTTP/1.1', body: 'hello' }) })),
  ...['Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked\t'].map((line): Case => ({ name: `a tab around a coding is blank space: ${JSON.stringify(line)}`, promise: 'none', send: request('POST /x', [line], '2\r\nok\r\n0\r\n\r\n'), expect: forwarded({ line: 'POST /x HTTP/1.1', body: 'ok' }) })),
  { name: 'the upstream\'s own reason phrase stays', promise: 'none', send: [request('GET /x'), { received: ' 200 Fine By Me\r\n' }], upstream: [MESSAGE, answer('200 Fine By Me', 'ok')], expect: forwarded(GOT) }
]

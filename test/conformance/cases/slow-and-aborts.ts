// Slow peers are waited for as long as they move, and hold the other side back; those that stand still are cut.

import { answer, forwarded, MESSAGE, OTHER_IS_HELD, request, RESUME_READING, STOP_READING, withBody } from '../case.ts'
import type { Case } from '../case.ts'
import { clientLeaves, earlyAnswers } from './client-leaves.ts'
import { slowly } from './slowly.ts'

const GET = request('GET /x')
const GOT = { line: 'GET /x HTTP/1.1' }

const SLOW_POST = withBody('POST /x', '0123456789')
const CHUNKS = '5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n'
const POSTED = forwarded({ line: 'POST /x HTTP/1.1', body: '0123456789' })

const slow: readonly Case[] = [
  { name: 'a request that comes in pieces of five bytes passes', promise: 'P5', send: slowly(SLOW_POST, 5, 5), expect: POSTED },
  { name: 'a chunked request that comes byte by byte passes', promise: 'P5', send: [request('POST /x', ['Transfer-Encoding: chunked']), ...slowly(CHUNKS, 1, 5)], expect: POSTED },
  { name: 'an upload may last longer than its idle time as long as pieces come', promise: 'P8', send: [withBody('POST /x', '0123456789').slice(0, -10), ...slowly('0123456789', 2, 350)], expect: POSTED, patience: 5000 },
  { name: 'the head of an answer may come in pieces of three bytes', promise: 'P5', send: GET, upstream: [MESSAGE, ...slowly(answer('200 OK', 'ok'), 3, 8)], expect: forwarded(GOT) },
  { name: 'a chunked answer may come byte by byte', promise: 'P5', send: GET, upstream: [MESSAGE, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', ...slowly(CHUNKS, 1, 10)], expect: forwarded(GOT, { body: '0123456789' }) },
  { name: 'an answer may last longer than its idle time as long as pieces come', promise: 'P8', send: GET, upstream: [MESSAGE, answer('200 OK', '0123456789').slice(0, -10), ...slowly('0123456789', 2, 350)], expect: forwarded(GOT, { body: '0123456789' }), patience: 5000 }
]

const stalled: readonly Case[] = [
  ...([['with a length', 'Content-Length: 10\r\n\r\nhalf'], ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'], ['that ends with the connection', 'Connection: close\r\n\r\nhalf']] as const).map(([how, rest]): Case => ({
    name: `an answer ${how} that stalls is cut, and the upstream is let go`,
    promise: 'P7',
    send: GET,
    upstream: [MESSAGE, `HTTP/1.1 200 OK\r\n${rest}`],
    expect: { reaches: [GOT], answers: [{ status: 200, body: 'half', cut: true }], letsGo: true },
    patience: 5000
  })),
  ...([['with a length', 'Content-Length: 10', '01234'], ['in chunks', 'Transfer-Encoding: chunked', '5\r\n01234\r\n']] as const).map(([how, header, half]): Case => ({
    name: `an upload ${how} that stalls is refused, and never looks complete`,
    promise: 'P7',
    send: request('POST /x', [header], half),
    expect: [{ reaches: [{ line: 'POST /x HTTP/1.1', cut: true }], answers: 'a refusal' }, { reaches: [], answers: 'a refusal' }],
    ours: { reaches: [{ line: 'POST /x HTTP/1.1', cut: true }], answers: [{ status: 408, code: 'request-timeout' }], then: 'closed' },
    patience: 5000
  }))
]

/** More than the kernel's buffers between upstream and client take. */
const MIB = 1024 * 1024
const LARGE = '0123456789abcdef'.repeat(2 * MIB)
const UPLOAD = LARGE.slice(0, 18 * MIB)

const held: readonly Case[] = [
  {
    name: 'a client that does not read holds the upstream back, and gets all once it reads',
    promise: 'P8',
    send: [STOP_READING, request('GET /x', ['Connection: close']), OTHER_IS_HELD, RESUME_READING],
    upstream: [MESSAGE, { held: answer('200 OK', LARGE) }],
    expect: forwarded(GOT, { body: LARGE }),
    patience: 10_000
  },
  {
    name: 'a client that stops reading for good is cut, and the upstream is let go',
    promise: 'P8',
    send: [STOP_READING, request('GET /x', ['Connection: close']), { pause: 4000 }, RESUME_READING],
    upstream: [MESSAGE, answer('200 OK', LARGE)],
    expect: [{ reaches: [GOT], answers: [{ status: 200, cut: true }], letsGo: true }, { reaches: [GOT], answers: [], letsGo: true }],
    patience: 5000
  },
  {
    name: 'an upstream that does not read holds the client back, and gets all once it reads',
    promise: 'P8',
    send: [{ held: withBody('POST /x', UPLOAD) }],
    upstream: [STOP_READING, OTHER_IS_HELD, RESUME_READING, MESSAGE, answer('200 OK', 'ok')],
    // Others may count the second that they wait for an answer, or for the upstream to take more, from an earlier point.
    expect: [forwarded({ line: 'POST /x HTTP/1.1', body: UPLOAD }), { reaches: [{ line: 'POST /x HTTP/1.1', body: UPLOAD }], answers: [{ status: 504 }] }, { reaches: [{ line: 'POST /x HTTP/1.1', cut: true }], answers: 'a refusal' }],
    patience: 10_000
  }
]

export const slowAndAborts: readonly Case[] = [...slow, ...stalled, ...held, ...clientLeaves, ...earlyAnswers]

// Whoever leaves takes the other side's work with him, and half an upload never looks like a whole one.

import { answer, FIN, MESSAGE, request, RESET, withBody } from '../case.ts'
import type { Case, Outcome } from '../case.ts'
import { slowly } from './slowly.ts'

const GET = request('GET /x')
const GOT = { line: 'GET /x HTTP/1.1' }
const NOTHING: Outcome = { reaches: [], answers: [] }

const half: readonly (readonly [name: string, header: string, body: string])[] = [
  ['with a length', 'Content-Length: 1000', 'half'], ['in chunks', 'Transfer-Encoding: chunked', '4\r\nhalf\r\n'], ['in the middle of a chunk', 'Transfer-Encoding: chunked', '8\r\nhalf'],
  ['before the last chunk ends', 'Transfer-Encoding: chunked', '4\r\nhalf\r\n0\r\n']
]

// Whether it went up by then is a matter of the moment.
const CANCELLED: readonly Outcome[] = [{ reaches: [{ line: 'POST /x HTTP/1.1', cut: true }], answers: [] }, NOTHING]

// How many went up by then is a matter of the moment.
const PIPELINED: readonly Outcome[] = [1, 2, 3].map((count) => ({ reaches: ['x', 'y', 'z'].slice(0, count).map((path) => ({ line: `GET /${path} HTTP/1.1` })), answers: [], letsGo: true }))

export const clientLeaves: readonly Case[] = [
  { name: 'a client that is reset before its head is complete leaves nothing behind', promise: 'P6', send: ['GET /x HTTP/1.1\r\nHost: loc', { pause: 20 }, RESET], expect: NOTHING },
  { name: 'a client that closes before its head is complete leaves nothing behind', promise: 'P6', send: ['POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n', { pause: 20 }, FIN], expect: { reaches: [], answers: 'a refusal' } },
  { name: 'a client that connects and closes leaves nothing behind', promise: 'P6', send: [{ pause: 10 }, FIN], expect: [{ ...NOTHING, then: 'closed' }, { reaches: [], answers: 'a refusal' }] },
  ...half.map(([how, header, body]): Case => ({
    name: `an upload ${how} whose client is reset never looks complete`,
    promise: 'P7',
    send: [request('POST /x', [header], body), { pause: 60 }, RESET],
    expect: CANCELLED,
    ours: CANCELLED
  })),
  {
    name: 'a client that is reset while it waits has its request cancelled',
    promise: 'P8',
    send: [GET, { arrived: 'GET /x' }, RESET],
    upstream: [MESSAGE],
    expect: { reaches: [GOT], answers: [], letsGo: true },
    patience: 900 // the time limit of the upstream must not do it
  },
  {
    name: 'a client that is reset after its upload has its request cancelled',
    promise: 'P8',
    send: [withBody('POST /x', 'body'), { arrived: 'body' }, RESET],
    upstream: [MESSAGE],
    expect: { reaches: [{ line: 'POST /x HTTP/1.1' }], answers: [], letsGo: true },
    patience: 900
  },
  {
    name: 'a client that is reset right after its request has it cancelled, or never sent',
    promise: 'P8',
    send: [GET, RESET],
    upstream: [MESSAGE],
    expect: [{ reaches: [GOT], answers: [], letsGo: true }, NOTHING],
    ours: [{ reaches: [GOT], answers: [], letsGo: true }, NOTHING],
    patience: 900
  },
  ...(['Content-Length: 10\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'] as const).map((rest, i): Case => ({
    name: `a client that is reset in the middle of ${i === 0 ? 'an answer' : 'a chunked answer'} has it cancelled`,
    promise: 'P8',
    send: [GET, { received: 'half' }, RESET],
    upstream: [MESSAGE, `HTTP/1.1 200 OK\r\n${rest}`],
    expect: { reaches: [GOT], answers: [{ status: 200, cut: true }], letsGo: true },
    patience: 900
  })),
  {
    name: 'a client that pipelines and is reset has all its requests cancelled',
    promise: 'P8',
    send: [GET + request('GET /y') + request('GET /z'), { arrived: 'GET /x' }, { pause: 30 }, RESET],
    upstream: [MESSAGE],
    expect: PIPELINED,
    ours: PIPELINED,
    patience: 900
  }
]

// The answer that says why must not be lost in a reset for the bytes that nobody read.
export const earlyAnswers: readonly Case[] = [['413 Content Too Large', 'Content-Length: 100000000'], ['401 Unauthorized', 'Transfer-Encoding: chunked'], ['200 OK', 'Content-Length: 100000000']].map(([status = '', header = '']) => ({
  name: `${status.slice(0, 3)} before the body was read (${header.split(':')[0]}) reaches a client that goes on sending`,
  promise: 'P5',
  send: [request('POST /x', [header]), ...slowly(header.startsWith('C') ? 'x'.repeat(600_000) : 'f\r\n0123456789abcde\r\n'.repeat(30_000), 30_000, 10), { received: 'early' }, RESET],
  upstream: [answer(status, 'early')],
  expect: { reaches: [{ line: 'POST /x HTTP/1.1', cut: true }], answers: [{ status: Number(status.slice(0, 3)), body: 'early' }] }
}))

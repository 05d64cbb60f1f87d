// Bodies of answers: byte for byte, at once, in one framing.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { answer, FIN, forwarded, MESSAGE, OK_ANSWER, request } from '../case.ts'
import type { Answered, Case, Step } from '../case.ts'

const GET = request('GET /x')
const GOT = { line: 'GET /x HTTP/1.1' }
const CLOSE = 'Connection: close'
const ENDS = `HTTP/1.1 200 OK\r\n${CLOSE}\r\n\r\n`
const CHUNKED = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${CLOSE}\r\n\r\n`
const EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n'

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')
const MIB = ALL_BYTES.repeat(4096)
const TEXT = Buffer.from('{"runs":[]}'.repeat(200))
const latin1 = (bytes: Buffer): string => bytes.toString('latin1')

function passes (name: string, upstream: readonly Step[], answered: Partial<Answered> = {}, promise = 'P5'): Case {
  return { name, promise, send: GET, upstream: [MESSAGE, ...upstream], expect: forwarded(GOT, answered) }
}

const ENCODED = [
  ['gzip', latin1(gzipSync(TEXT))], ['br', latin1(brotliCompressSync(TEXT))], ['deflate', latin1(deflateSync(TEXT))], ['zstd', '\x28\xb5\x2f\xfd\x04\x58\x19\0\0abc'],
  ['made-up', '\0\xff\x80'], ['gzip, br', 'both'], ['gzip', 'no gzip at all'] // nobody here looks inside
] as const

const encoded: readonly Case[] = ENCODED.map(([coding, body], i) => ({
  name: `a body in ${coding}${i === ENCODED.length - 1 ? ' that is none' : ''} arrives byte for byte, with its Content-Encoding`,
  promise: 'P5',
  send: request('GET /x', ['Accept-Encoding: gzip;q=0.5, zstd']),
  upstream: [MESSAGE, answer('200 OK', body, [CLOSE, `Content-Encoding: ${coding}`, 'Content-Type: application/json'])],
  expect: forwarded({ ...GOT, has: ['Accept-Encoding: gzip;q=0.5, zstd'] }, { body, has: [`Content-Encoding: ${coding}`] })
}))

export const answerStreams: readonly Case[] = [
  passes('a chunked answer arrives whole', [`${CHUNKED}5\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\n\r\n`], { body: 'hello 0123456789' }),
  passes('an empty chunked answer is complete', [`${CHUNKED}0\r\n\r\n`], { body: '' }),
  passes('chunk extensions of an answer are no part of its body', [`${CHUNKED}5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n`], { body: 'hello' }),
  passes('leading zeros of a chunk size are no fault', [`${CHUNKED}0005\r\nhello\r\n000\r\n\r\n`], { body: 'hello' }),
  passes('Transfer-Encoding: Chunked is chunked', [CHUNKED.replace('chunked', 'Chunked'), '2\r\nok\r\n0\r\n\r\n'], { body: 'ok' }),
  passes('trailers of an answer are never merged into its headers', [`${CHUNKED.replace(CLOSE, `${CLOSE}\r\nTrailer: X-Sum`)}2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Other: merged\r\nSet-Cookie: a=1\r\n\r\n`], { lacks: ['x-sum', 'x-other', 'set-cookie'] }),
  passes('an answer that ends with the connection is complete', [`${ENDS}hello`, FIN], { body: 'hello' }),
  passes('an empty answer that ends with the connection is complete', [ENDS, FIN], { body: '' }),
  passes('an answer of HTTP/1.0 is complete', ['HTTP/1.0 200 OK\r\n\r\nhello', FIN], { body: 'hello' }),
  passes('an answer of HTTP/1.0 with a length is complete', ['HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', FIN], { body: 'hello' }),
  passes('all 256 bytes arrive in a body', [answer('200 OK', ALL_BYTES)], { body: ALL_BYTES }),
  passes('a body of 1 MiB arrives', [answer('200 OK', MIB)], { body: MIB }),
  passes('a chunked body of 1 MiB in one chunk arrives', [`${CHUNKED}100000\r\n`, MIB, '\r\n0\r\n\r\n'], { body: MIB }),
  passes('a body that looks like an answer is a body', [answer('200 OK', `\r\n\r\n${OK_ANSWER}`)], { body: `\r\n\r\n${OK_ANSWER}` }),
  ...encoded,

  passes('the head of an answer arrives before its body', [answer('200 OK', 'hello').slice(0, -5), { arrived: '200' }, 'hello'], { body: 'hello' }, 'P8'),
  passes('the head of a stream arrives before its first piece', [EVENTS, { arrived: 'event-stream' }, '2\r\nok\r\n0\r\n\r\n'], { has: ['Content-Type: text/event-stream'] }, 'P8'),
  passes('bytes above 127 in the head of a stream pass unchanged, though its body comes later', [EVENTS.replace('\r\n\r\n', '\r\nX-Obs: caf\xe9 \xc3\xa9\r\n\r\n'), { arrived: 'event-stream' }, '2\r\nok\r\n0\r\n\r\n'], { has: ['X-Obs: caf\xe9 \xc3\xa9'] }),
  passes('each piece of a chunked answer arrives at once', [`${CHUNKED}3\r\none\r\n`, { arrived: 'one' }, '3\r\ntwo\r\n', { arrived: 'two' }, '0\r\n\r\n'], { body: 'onetwo' }, 'P8'),
  passes('each piece of an answer with a length arrives at once', [answer('200 OK', 'onetwo').slice(0, -3), { arrived: 'one' }, 'two'], { body: 'onetwo' }, 'P8'),
  passes('each piece of an answer that ends with the connection arrives at once', [`${ENDS}one`, { arrived: 'one' }, 'two', { arrived: 'two' }, FIN], { body: 'onetwo' }, 'P8'),
  passes('each event of a stream arrives at once', [EVENTS, '9\r\ndata: 1\n\n\r\n', { arrived: 'data: 1' }, '8\r\n: ping\n\n\r\n', { arrived: ': ping' }, '9\r\ndata: 2\n\n\r\n', { arrived: 'data: 2' }, '0\r\n\r\n'], { body: 'data: 1\n\n: ping\n\ndata: 2\n\n' }, 'P8'),
  passes('half a chunk arrives at once', [`${CHUNKED}6\r\none`, { arrived: 'one' }, 'two\r\n0\r\n\r\n'], { body: 'onetwo' }, 'P8'),

  passes('a 102 before the answer is no answer', ['HTTP/1.1 102 Processing\r\n\r\n', OK_ANSWER]),
  passes('a 103 before the answer is no answer, and its headers are not merged', ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n', OK_ANSWER], { lacks: ['link', 'x-early'] }),
  passes('three 103 before the answer are no fault', ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(3) + OK_ANSWER])
]

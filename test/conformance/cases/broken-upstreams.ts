// Upstreams that break off: the client must be told so, and never take a broken answer for a whole one.
// A GET without body may be tried once more when nothing of an answer came (P6).

import { FIN, MESSAGE, OK_ANSWER, request, RESET, withBody } from '../case.ts'
import type { Answered, Case, Outcome, Reached, Step } from '../case.ts'
import { brokenAnswers } from './broken-answers.ts'
import { extraAnswers } from './extra-answers.ts'

const GET = request('GET /x')
const GOT: Reached = { line: 'GET /x HTTP/1.1' }
const BAD_GATEWAY: Answered = { status: 502, code: 'upstream-protocol' }

/** Any error tells the client that it has no answer; that it must be a 502 is the matter of a few cases only. */
const ANY_ERROR: Answered = { status: [500, 502, 503, 504] }

function gone (times: number, answered = BAD_GATEWAY): Outcome {
  return { reaches: Array.from({ length: times }, () => GOT), answers: [answered] }
}

const GONE: readonly Outcome[] = [gone(2), gone(2, ANY_ERROR), gone(1, ANY_ERROR)]

const BEFORE_HEAD: readonly (readonly [how: string, steps: readonly Step[]])[] = [
  ['resets before the head', [RESET]],
  ['closes before the head', [FIN]],
  ['resets in the head', ['HTTP/1.1 200 OK\r\nX-Half: ', { pause: 20 }, RESET]],
  ['closes in the head', ['HTTP/1.1 200 OK\r\nX-Half: ', { pause: 20 }, FIN]],
  ['closes after the status line', ['HTTP/1.1 200 OK\r\n', { pause: 20 }, FIN]],
  ['closes in the status line', ['HTTP/1.', { pause: 20 }, FIN]]
]

/** None of these may be sent again: nobody knows whether the first was carried out, with a body or without. */
const ONLY_ONCE: readonly (readonly [says: string, send: string])[] = [
  ['POST', withBody('POST /x', 'body')], ['POST of no bytes', withBody('POST /x', '')], ['POST without a body', request('POST /x')], ['DELETE', request('DELETE /x')]
]

const beforeHead: readonly Case[] = BEFORE_HEAD.flatMap(([how, steps]): readonly Case[] => [
  { name: `GET: an upstream that ${how}, twice, is an error`, promise: 'P6', send: GET, upstream: [MESSAGE, ...steps], expect: GONE },
  {
    name: `GET: an upstream that ${how} and answers a second try is its answer or an error`,
    promise: 'P6',
    send: GET,
    upstream: (nth) => nth === 1 ? [MESSAGE, ...steps] : [MESSAGE, OK_ANSWER],
    expect: [{ reaches: [GOT, GOT], answers: [{ status: 200, body: 'ok' }] }, gone(1, ANY_ERROR)]
  },
  ...ONLY_ONCE.map(([says, send]): Case => ({
    name: `${says}: an upstream that ${how} is an error, and the request is never sent again`,
    promise: 'P6',
    send,
    upstream: (nth) => nth === 1 ? [MESSAGE, ...steps] : [MESSAGE, OK_ANSWER],
    expect: [BAD_GATEWAY, ANY_ERROR].map((answered) => ({ reaches: [{ line: `${send.slice(0, send.indexOf(' '))} /x HTTP/1.1` }], answers: [answered] }))
  }))
])

// SDKs send a request again after a 502, 503 or 504, and give up at a 500.
const statuses: readonly Case[] = [
  { name: 'an upstream that breaks off before its answer is a 502, not a 500', promise: 'P6', send: GET, upstream: [MESSAGE, RESET], expect: [gone(2), gone(1)] },
  { name: 'an upstream that answers garbage is a 502, not a 500', promise: 'P6', send: GET, upstream: [MESSAGE, 'garbage\r\n\r\n', FIN], expect: [gone(1), gone(2)] },
  ...[request('GET /down/x'), withBody('POST /down/x', 'body')].map((send): Case => ({
    name: `${send.slice(0, 4).trim()}: an upstream that refuses connections is a 502, 503 or 504, not a 500`,
    promise: 'P6',
    send,
    expect: [{ reaches: [], answers: [{ status: 502, code: 'upstream-unreachable' }] }, { reaches: [], answers: [{ status: [502, 503, 504] }] }]
  })),
  {
    name: 'an upstream that does not answer is a 504, and its connection is closed',
    promise: 'P6',
    send: GET,
    upstream: [MESSAGE],
    expect: { reaches: [GOT], answers: [{ status: 504, code: 'upstream-timeout' }], letsGo: true },
    patience: 5000
  }
]

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const HALF = { arrived: 'half' }

// The head of an answer of which no byte of the body came may be held back, and be a 502 in the end.
const IN_BODY: readonly { readonly name: string, readonly steps: readonly Step[], readonly body: string }[] = [
  { name: 'an answer that ends before its Content-Length is cut', steps: [`${LENGTH}half`, HALF, FIN], body: 'half' },
  { name: 'an answer that is reset before its Content-Length is cut', steps: [`${LENGTH}half`, HALF, RESET], body: 'half' },
  { name: 'an answer that ends one byte before its Content-Length is cut', steps: [`${LENGTH}half12345`, HALF, FIN], body: 'half12345' },
  { name: 'an answer that ends after its head is cut', steps: [LENGTH, { pause: 30 }, FIN], body: '' },
  { name: 'an answer that is reset after its head is cut', steps: [LENGTH, { pause: 30 }, RESET], body: '' },
  { name: 'a chunked answer that ends after its head is cut', steps: [CHUNKED, { pause: 30 }, FIN], body: '' },
  { name: 'a chunked answer that ends between chunks is cut', steps: [`${CHUNKED}4\r\nhalf\r\n`, HALF, FIN], body: 'half' },
  { name: 'a chunked answer that ends in a chunk is cut', steps: [`${CHUNKED}a\r\nhalf`, HALF, FIN], body: 'half' },
  { name: 'a chunked answer that is reset between chunks is cut', steps: [`${CHUNKED}4\r\nhalf\r\n`, HALF, RESET], body: 'half' },
  { name: 'a chunked answer that ends in a chunk size is cut', steps: [`${CHUNKED}4\r\nhalf\r\n1`, HALF, FIN], body: 'half' },
  { name: 'a chunked answer that ends in its last chunk is cut', steps: [`${CHUNKED}4\r\nhalf\r\n0`, HALF, FIN], body: 'half' },
  { name: 'a chunked answer without the last line end is cut', steps: [`${CHUNKED}4\r\nhalf\r\n0\r\n`, HALF, FIN], body: 'half' },
  { name: 'a chunked answer that ends in its trailers is cut', steps: [`${CHUNKED}4\r\nhalf\r\n0\r\nX-Sum: 1\r\n`, HALF, FIN], body: 'half' },
  { name: 'an answer without length that is reset is cut', steps: ['HTTP/1.1 200 OK\r\n\r\nhalf', HALF, RESET], body: 'half' },
  { name: 'an answer of HTTP/1.0 that is reset is cut', steps: ['HTTP/1.0 200 OK\r\n\r\nhalf', HALF, RESET], body: 'half' }
]

const CUT: Answered = { status: 200, body: 'half', cut: true }

const inBody: readonly Case[] = IN_BODY.map(({ name, steps, body }) => ({
  name,
  promise: 'P7',
  send: GET,
  upstream: [MESSAGE, ...steps],
  expect: [
    { reaches: [GOT], answers: [{ status: 200, body, cut: true as const }] },
    ...body === '' ? [...GONE, { reaches: [GOT], answers: [] }] : []
  ]
}))

export const brokenUpstreams: readonly Case[] = [
  ...statuses,
  ...beforeHead,
  ...inBody,
  {
    name: 'a length in the trailers of an answer is no matter, or cuts it',
    promise: 'P7',
    send: GET,
    upstream: [MESSAGE, `${CHUNKED}4\r\nhalf\r\n`, HALF, '0\r\nContent-Length: 99\r\n\r\n'],
    expect: [{ reaches: [GOT], answers: [CUT] }, { reaches: [GOT], answers: [{ status: 200, body: 'half', lacks: ['content-length'] }] }]
  },
  ...brokenAnswers,
  ...extraAnswers
]

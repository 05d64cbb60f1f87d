// More than one answer to one request. Were the second kept, the next caller would get it as the answer
// to his own request (CVE-2026-6733).

import { answer, FIN, MESSAGE, OK_ANSWER, request, RESET } from '../case.ts'
import type { Answered, Case, Outcome, Step } from '../case.ts'

const KEPT = (body: string): string => answer('200 OK', body, [])
const CLOSE = 'Connection: close'
const FIRST = { line: 'GET /x HTTP/1.1' }
const SECOND = { line: 'GET /next HTTP/1.1' }
const OWN: Answered = { status: 200, body: 'own' }
const ERROR: Answered = { status: [500, 502, 503, 504] }
const POISON = KEPT('poison')

/** @param extra - Sent with the first answer, or after it. */
function poisoned (name: string, first: readonly Step[], answered: Answered = { status: 200, body: 'first' }, method = 'GET'): Case {
  const reaches = [{ line: `${method} /x HTTP/1.1` }, SECOND]
  return {
    name,
    promise: 'P6',
    send: [request(`${method} /x`), MESSAGE, { pause: 100 }, request('GET /next', [CLOSE])],
    upstream: (nth) => [MESSAGE, ...nth === 1 ? first : [KEPT('own')]],
    expect: [
      { reaches, answers: [answered, OWN] },
      // the first answer may be given up for what follows it, and the second request refused
      { reaches, answers: [ERROR, OWN] },
      { reaches, answers: [answered, ERROR] },
      { reaches: reaches.slice(0, 1), answers: [answered, ERROR] }
    ]
  }
}

const DONE = { arrived: 'first' }
const HEAD: Answered = { status: 200, toHead: true, body: '' }

function interim (count: number, line: string): string {
  return `HTTP/1.1 ${line}\r\n\r\n`.repeat(count)
}
const FLOOD: readonly Outcome[] = [{ reaches: [FIRST], answers: [{ status: 502, code: 'upstream-protocol' }] }, { reaches: [FIRST], answers: [ERROR] }, { reaches: [FIRST], answers: [{ status: 200, body: 'ok' }] }]

export const extraAnswers: readonly Case[] = [
  poisoned('a second answer in one piece with the first is never that of the next request', [KEPT('first') + POISON]),
  poisoned('half a second answer is never that of the next request', [KEPT('first') + POISON.slice(0, -3)]),
  poisoned('the beginning of a second answer is never that of the next request', [`${KEPT('first')}HTTP/1.1 200 OK\r\nX-Poison: `]),
  poisoned('ten more answers are never those of the next request', [KEPT('first') + POISON.repeat(10)]),
  poisoned('a second answer after the first is never that of the next request', [KEPT('first'), DONE, POISON]),
  poisoned('a 408 on an idle connection is never the answer to the next request', [KEPT('first'), DONE, answer('408 Request Timeout', '')]),
  poisoned('a 408 on an idle connection that then closes is never the answer to the next request', [KEPT('first'), DONE, answer('408 Request Timeout', ''), FIN]),
  poisoned('a 100 on an idle connection does not harm the next request', [KEPT('first'), DONE, interim(1, '100 Continue')]),
  poisoned('garbage on an idle connection does not harm the next request', [KEPT('first'), DONE, 'garbage\r\n\r\n']),
  poisoned('a connection that closes while idle does not harm the next request', [KEPT('first'), DONE, FIN]),
  poisoned('a connection that is reset while idle does not harm the next request', [KEPT('first'), DONE, RESET]),
  poisoned('bytes after the Content-Length are no part of an answer', [`${KEPT('first')}EXTRA`]),
  poisoned('bytes after the last chunk are no part of an answer', [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n${POISON}`]),
  poisoned('a body of an answer to HEAD is not the next answer', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst'], HEAD, 'HEAD'),
  poisoned('an answer inside the body of an answer to HEAD is not the next answer', [`HTTP/1.1 200 OK\r\nContent-Length: ${POISON.length}\r\n\r\n${POISON}`], HEAD, 'HEAD'),
  poisoned('chunks of an answer to HEAD are not the next answer', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n'], HEAD, 'HEAD'),
  poisoned('a body of a 204 is not the next answer', [`HTTP/1.1 204 No Content\r\n\r\n${POISON}`], { status: 204, body: '' }),
  poisoned('a body with a length of a 204 is not the next answer', [`HTTP/1.1 204 No Content\r\nContent-Length: ${POISON.length}\r\n\r\n${POISON}`], { status: 204, body: '' }),
  poisoned('chunks of a 204 are not the next answer', ['HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n'], { status: 204, body: '' }),
  poisoned('a body of a 304 is not the next answer', [`HTTP/1.1 304 Not Modified\r\nContent-Length: ${POISON.length}\r\n\r\n${POISON}`], { status: 304, body: '' }),
  {
    name: 'a thousand 103 before the answer are an error or no matter',
    promise: 'P8',
    send: request('GET /x'),
    upstream: [MESSAGE, interim(1000, '103 Early Hints'), OK_ANSWER],
    expect: FLOOD
  },
  {
    name: '103 without end and no answer are given up',
    promise: 'P8',
    send: request('GET /x'),
    upstream: [MESSAGE, interim(1000, '103 Early Hints')],
    expect: [{ reaches: [FIRST], answers: [{ status: 502, code: 'upstream-protocol' }], letsGo: true }, { reaches: [FIRST], answers: 'a refusal', letsGo: true }],
    patience: 5000
  },
  {
    name: 'a 101 that nobody asked for is never a tunnel',
    promise: 'P6',
    send: [request('GET /x'), { pause: 100 }, request('GET /next', [CLOSE])],
    upstream: (_nth, { startLine }) => [MESSAGE, startLine === SECOND.line ? KEPT('own') : 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\n'],
    expect: [
      { reaches: [FIRST, FIRST, SECOND], answers: [{ status: 502, code: 'upstream-protocol' }, OWN] },
      { reaches: [FIRST, SECOND], answers: [ERROR, OWN] },
      { reaches: [FIRST], answers: 'a refusal' }
    ]
  }
]

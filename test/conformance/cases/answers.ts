// What the upstream answers is what the client gets: status, headers and body, and no second try.

import { answer, forwarded, MESSAGE, OK_ANSWER, request, withBody } from '../case.ts'
import type { Case } from '../case.ts'
import { answerHeaders } from './answer-headers.ts'
import { answerStreams } from './answer-streams.ts'

const GET = request('GET /x')
const GOT = { line: 'GET /x HTTP/1.1' }
const CLOSE = 'Connection: close'

const STATUSES: readonly (readonly [status: string, ...headers: string[]])[] = [
  ['200 OK', 'Content-Type: application/json'], ['201 Created', 'Location: /x/1'], ['202 Accepted'], ['203 Non-Authoritative Information'],
  ['206 Partial Content', 'Content-Range: bytes 0-7/99'], ['299 Whatever'], ['301 Moved Permanently', 'Location: /elsewhere'], ['302 Found', 'Location: https://other.example/y'],
  ['400 Bad Request', 'Content-Type: application/json'], ['401 Unauthorized', 'WWW-Authenticate: Bearer'], ['402 Payment Required'], ['403 Forbidden', 'Content-Type: application/json'],
  ['404 Not Found'], ['405 Method Not Allowed', 'Allow: GET'], ['409 Conflict'], ['410 Gone'], ['412 Precondition Failed'], ['413 Content Too Large'], ['415 Unsupported Media Type'],
  ['418 Teapot'], ['421 Misdirected Request'], ['422 Unprocessable Content'], ['429 Too Many Requests', 'Retry-After: 7'], ['431 Request Header Fields Too Large'],
  ['500 Internal Server Error'], ['501 Not Implemented'], ['502 Bad Gateway'], ['503 Service Unavailable'], ['504 Gateway Timeout'], ['599 Whatever']
]

const statuses: readonly Case[] = STATUSES.map(([line, ...headers]) => ({
  name: `${line.slice(0, 3)} passes with headers and body${headers.length === 0 ? '' : ` (${headers.join()})`}`,
  promise: 'P5',
  send: GET,
  upstream: [MESSAGE, answer(line, '{"a": 1}', [CLOSE, ...headers])],
  expect: forwarded(GOT, { status: Number(line.slice(0, 3)), body: '{"a": 1}', has: headers })
}))

// A proxy that tries again, or waits for the time of Retry-After, does what its client has to decide.
const once: readonly Case[] = ['GET', 'POST'].flatMap((method) => ['429 Too Many Requests', '502 Bad Gateway', '503 Service Unavailable', '504 Gateway Timeout'].map((status) => ({
  name: `${method} that is answered ${status.slice(0, 3)} with Retry-After is sent once`,
  promise: 'P6',
  send: method === 'GET' ? GET : withBody('POST /x', 'x'),
  upstream: (nth: number) => [MESSAGE, nth === 1 ? answer(status, 'later', [CLOSE, 'Retry-After: 1']) : OK_ANSWER],
  expect: forwarded({ line: `${method} /x HTTP/1.1` }, { status: Number(status.slice(0, 3)), body: 'later', has: ['Retry-After: 1'] })
})))

const BODILESS: readonly { readonly name: string, readonly method?: string, readonly head: readonly string[], readonly has?: readonly string[], readonly ours?: readonly string[] }[] = [
  { name: 'an answer to HEAD keeps Content-Length and ETag', method: 'HEAD', head: ['200 OK', 'Content-Length: 1234', 'ETag: "a"'], has: ['Content-Length: 1234', 'ETag: "a"'] },
  { name: 'an answer to HEAD that would be chunked has no body', method: 'HEAD', head: ['200 OK', 'Transfer-Encoding: chunked', 'ETag: "a"'], has: ['ETag: "a"'] },
  { name: 'an answer to HEAD without any length has no body', method: 'HEAD', head: ['200 OK', 'ETag: "a"'], has: ['ETag: "a"'] },
  { name: '401 to HEAD has no body', method: 'HEAD', head: ['401 Unauthorized', 'Content-Length: 30'], ours: ['Content-Length: 30'] },
  { name: '403 to HEAD has no body', method: 'HEAD', head: ['403 Forbidden', 'Content-Length: 30'], ours: ['Content-Length: 30'] },
  { name: '404 to HEAD has no body', method: 'HEAD', head: ['404 Not Found', 'Content-Length: 30'], ours: ['Content-Length: 30'] },
  { name: '204 has no body and keeps ETag', head: ['204 No Content', 'ETag: "a"'], has: ['ETag: "a"'] },
  { name: '204 to DELETE has no body', method: 'DELETE', head: ['204 No Content'] },
  { name: '304 has no body and keeps ETag', head: ['304 Not Modified', 'ETag: "a"', 'Content-Length: 1234'], has: ['ETag: "a"'], ours: ['ETag: "a"', 'Content-Length: 1234'] }, // its length may be left out
  { name: '200 with a length of 0 is complete', head: ['200 OK', 'Content-Length: 0', 'ETag: "a"'], has: ['ETag: "a"'] }
]

// A proxy that waits for a body, or sends one, is out of step from the next answer on.
const bodiless: readonly Case[] = BODILESS.map(({ name, method = 'GET', head: [status = '', ...headers], has = [], ours }) => {
  const reaches = [{ line: `${method} /x HTTP/1.1` }, { line: 'GET /next HTTP/1.1' }]
  const first = { status: Number(status.slice(0, 3)), body: '', has, ...(method === 'HEAD' ? { toHead: true as const } : {}) }
  const second = { status: 200, body: 'next' }
  return {
    name: `${name}; the next answer on the connection is right`,
    promise: 'P5',
    send: [request(`${method} /x`), MESSAGE, request('GET /next', [CLOSE])],
    upstream: (nth: number) => [MESSAGE, nth === 1 ? [`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n') : answer('200 OK', 'next')],
    expect: { reaches, answers: [first, second] },
    ...(ours === undefined ? {} : { ours: { reaches, answers: [{ ...first, has: ours }, second] } })
  }
})

export const answers: readonly Case[] = [...statuses, ...once, ...bodiless, ...answerHeaders, ...answerStreams]

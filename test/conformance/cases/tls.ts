// The key goes only to the host whose certificate was verified: to any other, not a byte of a request.

import { answer, forwarded, MESSAGE, request, withBody } from '../case.ts'
import type { Case, PlaceName } from '../case.ts'

const NEVER: readonly (readonly [place: PlaceName, what: string])[] = [
  ['impostor', 'a self-signed certificate'], ['expired', 'an expired certificate'], ['misnamed', 'a certificate for another name']
]

const never: readonly Case[] = NEVER.flatMap(([place, what]) => [['GET', request(`GET /${place}/x`)], ['POST', withBody(`POST /${place}/x`, 'body')]].map(([method, send = '']) => ({
  name: `${method} to an upstream with ${what} is an error, and nothing of it is sent`,
  promise: 'P1',
  send,
  expect: [{ reaches: [], answers: [{ status: 502, code: 'upstream-tls' }] }, { reaches: [], answers: [{ status: [500, 502, 503, 504] }] }]
})))

const REACHED = { line: 'GET /x HTTP/1.1', place: 'tls' } as const

export const tlsCases: readonly Case[] = [
  { name: 'a request over TLS arrives', promise: 'P1', send: request('GET /tls/x?a=b'), expect: forwarded({ line: 'GET /x?a=b HTTP/1.1', place: 'tls' }) },
  { name: 'an upload over TLS arrives', promise: 'P1', send: withBody('POST /tls/x', 'body'), expect: forwarded({ line: 'POST /x HTTP/1.1', place: 'tls', body: 'body' }) },
  { name: 'a stream over TLS arrives at once', promise: 'P8', send: request('GET /tls/x'), upstream: [MESSAGE, answer('200 OK', 'onetwo').slice(0, -3), { arrived: 'one' }, 'two'], expect: forwarded(REACHED, { body: 'onetwo' }) },
  {
    name: 'an answer over TLS that ends before its Content-Length is cut',
    promise: 'P7',
    send: request('GET /tls/x'),
    upstream: [MESSAGE, answer('200 OK', 'halfhalf').slice(0, -4), { arrived: 'half' }, { act: 'fin' }],
    expect: { reaches: [REACHED], answers: [{ status: 200, body: 'half', cut: true }] }
  },
  ...never
]

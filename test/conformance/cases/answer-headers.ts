// Headers of answers: end-to-end ones pass with their values, those for others stay here.

import { answer, forwarded, MESSAGE, request } from '../case.ts'
import type { Answered, Case } from '../case.ts'

const CLOSE = 'Connection: close'

function passing (name: string, headers: readonly string[], has: readonly string[] = headers, status = '200 OK'): Case {
  return answered(name, 'P5', headers, { has }, status)
}

function answered (name: string, promise: string, headers: readonly string[], wanted: Partial<Answered>, status = '200 OK'): Case {
  return {
    name,
    promise,
    send: request('GET /x'),
    upstream: [MESSAGE, answer(status, 'ok', [CLOSE, ...headers])],
    expect: forwarded({ line: 'GET /x HTTP/1.1' }, { status: Number(status.slice(0, 3)), ...wanted })
  }
}

const LARGE = 'h'.repeat(12_000)
const MANY = Array.from({ length: 200 }, (_, i) => `X-Many-${i}: ${i}`)

// None of them may let a web page read an answer, whoever it is that the upstream allows.
const CORS = [
  'Access-Control-Allow-Origin: *', 'access-control-allow-credentials: true', 'ACCESS-CONTROL-EXPOSE-HEADERS: ETag', 'Access-Control-Allow-Private-Network: true',
  'Access-Control-Allow-Headers: *', 'Access-Control-Allow-Methods: *', 'Access-Control-Max-Age: 600'
]
// A client that obeys them takes LangSmith's refusal for one of the proxy, or the other way round.
const FORGED: readonly (readonly [string, string])[] = [
  ['X-LangSmith-Proxy', 'proxy; code=overloaded'], ['x-langsmith-proxy-diagnosis', 'no-plan'], ['X-LANGSMITH-PROXY-HOP', 'forged']
]

export const answerHeaders: readonly Case[] = [
  passing('Set-Cookie twice stays two lines, in order', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT']),
  passing('a header that is there three times keeps order and values', ['X-One: 1', 'X-Two: 2', 'X-One: 3', 'X-One: 1']),
  passing('bytes above 127 in an answer\'s header pass unchanged', ['X-Obs: caf\xe9 \xc3\xa9 \xff']),
  passing('an empty value in an answer passes', ['X-Empty: ', 'X-Full: 1']),
  passing('a tab inside a value of an answer passes', ['X-Tab: a\tb']),
  passing('odd but allowed header names pass', ['__proto__: 1', 'constructor: 2', 'x!#$%&\'*+.^`|~: 3', 'X_Under: 4']),
  passing('a value of 12 kB in an answer passes', [`X-Large: ${LARGE}`]),
  passing('200 headers of an answer pass', MANY),
  passing('names of an answer keep spelling and order', ['X-b: 1', 'x-A: 2', 'X-C: 3']),
  passing('caching headers and validators pass', ['ETag: W/"a"', 'Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT', 'Cache-Control: no-store', 'Vary: Accept', 'Age: 3']),
  passing('request ids, rate limits and Retry-After pass', ['X-Request-Id: 1', 'X-RateLimit-Remaining: 0', 'Retry-After: 900'], undefined, '429 Too Many Requests'),
  passing('an empty reason phrase is no fault', ['X-One: 1'], undefined, '200 '),
  passing('a reason phrase with odd characters is no fault', ['X-One: 1'], undefined, '200 It\'s \tfine: \xe9 </b>'),
  {
    name: 'a status line that ends after the status is no fault',
    promise: 'P5',
    send: request('GET /x'),
    upstream: [MESSAGE, 'HTTP/1.1 200\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'],
    expect: [forwarded({ line: 'GET /x HTTP/1.1' }), { reaches: [{ line: 'GET /x HTTP/1.1' }], answers: [{ status: 502 }] }]
  },
  ...CORS.map((line) => answered(`${line} of an answer is dropped`, 'P4', [line], { lacks: [line.split(':')[0]?.toLowerCase() ?? ''] })),
  ...FORGED.map(([name, value]) => answered(`an upstream cannot forge ${name}`, 'P2', [`${name}: ${value}`], { lacks: [`${name}: ${value}`.toLowerCase()] })),
  answered('Connection: Content-Length in an answer does not change its framing', 'P7', ['Connection: Content-Length'], {})
]

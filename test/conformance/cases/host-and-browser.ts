// Web pages in the developer's browser must not be able to use the proxy, not even blindly (threat-model 6.1).

import { answer, forwarded, MESSAGE, refused, REFUSED, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'
import { hostHeader } from './host-header.ts'

const ORIGINS = [
  'https://evil.example', 'http://evil.example:5764', 'null', 'file://', 'http://localhost', 'http://localhost:5764', 'http://127.0.0.1:5764', 'http://[::1]:5764', 'chrome-extension://abcdef', 'moz-extension://abc',
  'http://[', 'localhost', 'http://evil.example, http://localhost', '%', 'http://\xe4.example', 'a'.repeat(5000)
]

/** As browsers send them without a preflight, or with one. */
const PAGE_REQUESTS: readonly [name: string, bytes: string][] = [
  ['a form', request('POST /x', ['Origin: https://evil.example', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3'], 'a=b')],
  ['a text/plain POST', request('POST /x', ['Origin: https://evil.example', 'Content-Type: text/plain', 'Content-Length: 2'], '{}')],
  ['a DELETE', request('DELETE /api/v1/sessions/1', ['Origin: https://evil.example'])],
  ['a beacon', request('POST /x', ['Origin: null', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Content-Length: 0'])],
  ['an image', request('GET /x', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image', 'Referer: https://evil.example/'])],
  ['a link', request('GET /x', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document', 'Sec-Fetch-User: ?1'])],
  ['a page of another local port', request('GET /x', ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: cors'])],
  ['a page in the body of another request', request('POST /x', ['origin: https://evil.example', 'Content-Length: 2'], '{}')],
  ['a WebSocket', request('GET /x', ['Origin: https://evil.example', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='])]
]

const PREFLIGHTS: readonly (readonly string[])[] = [
  ['Access-Control-Request-Method: POST'],
  ['Access-Control-Request-Method: DELETE', 'Access-Control-Request-Headers: x-api-key, content-type'],
  ['Access-Control-Request-Method: GET', 'Access-Control-Request-Private-Network: true'],
  ['Access-Control-Request-Method: GET', 'Access-Control-Request-Local-Network: true']
]

const GRANTS = [
  'Access-Control-Allow-Origin: *', 'access-control-allow-credentials: true', 'Access-Control-Allow-Methods: GET', 'Access-Control-Allow-Headers: *', 'Access-Control-Expose-Headers: *', 'Access-Control-Max-Age: 600',
  'Access-Control-Allow-Private-Network: true'
]

const MARKUP = '<script>alert(1)</script>'

/** Such a request is refused, and nothing of this text comes back. */
function refusedWithout (withholds: string, status: number, code: string): Pick<Case, 'expect' | 'ours'> {
  return {
    expect: { ...REFUSED, withholds },
    ours: { reaches: [], answers: [{ status, code, has: ['content-type: application/problem+json', 'x-content-type-options: nosniff'] }], withholds }
  }
}

const FORWARDED: Outcome = forwarded({ line: 'GET /x HTTP/1.1' })
const FROM_PAGE = refused(403, 'browser-request')

export const hostAndBrowser: readonly Case[] = [
  ...hostHeader,
  ...ORIGINS.map((origin): Case => ({ name: `Origin ${JSON.stringify(origin.slice(0, 40))} is refused`, promise: 'P4', send: request('GET /x', [`Origin: ${origin}`]), ...FROM_PAGE })),
  { name: 'an empty Origin is refused, or none', promise: 'P4', send: request('GET /x', ['Origin:']), ...FROM_PAGE, expect: [REFUSED, FORWARDED] },
  { name: 'two Origins are refused', promise: 'P4', send: request('GET /x', ['Origin: http://localhost', 'Origin: https://evil.example']), ...FROM_PAGE },
  ...PAGE_REQUESTS.map(([name, send]): Case => ({ name: `${name} from a web page is refused`, promise: 'P4', send, ...refusedWithout('101 ', 403, 'browser-request') })),
  ...PREFLIGHTS.map((lines): Case => ({
    name: `a preflight grants nothing and is not forwarded: ${lines.join('; ')}`,
    promise: 'P4',
    send: request('OPTIONS /x', ['Origin: https://evil.example', ...lines]),
    ...refusedWithout('access-control-', 403, 'browser-request')
  })),
  { name: 'Sec-Fetch-Site: none, an address that a user typed, is answered', promise: 'P4', send: request('GET /x', ['Sec-Fetch-Site: none']), expect: FORWARDED },
  { name: 'Sec-Fetch-Site: same-origin is refused, or the proxy\'s own', promise: 'P4', send: request('GET /x', ['Sec-Fetch-Site: same-origin']), ...FROM_PAGE, expect: [REFUSED, FORWARDED] },
  ...[['Sec-Fetch-Site: CROSS-SITE'], ['Sec-Fetch-Site: unheard-of'], ['Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site']].map((lines): Case => ({
    name: `${lines.join('; ')} is refused, or not from a browser`,
    promise: 'P4',
    send: request('GET /x', lines),
    ...FROM_PAGE,
    expect: [REFUSED, FORWARDED]
  })),
  { name: 'OPTIONS of a program is answered by the upstream', promise: 'P5', send: request('OPTIONS /x'), expect: forwarded({ line: 'OPTIONS /x HTTP/1.1' }) },
  {
    name: 'what the upstream grants to web pages does not come back',
    promise: 'P4',
    send: request('GET /x'),
    upstream: [MESSAGE, answer('200 OK', 'ok', [...GRANTS, 'X-Kept: 1', 'Connection: close'])],
    expect: { ...forwarded({ line: 'GET /x HTTP/1.1' }, { has: ['X-Kept: 1'] }), withholds: 'access-control-' }
  },
  ...[
    ['path', request(`GET /down/${MARKUP}`), 502, 'upstream-unreachable'] as const,
    ['query', request(`GET /down/x?${MARKUP}`), 502, 'upstream-unreachable'] as const,
    ['method', request(`${MARKUP} /x`), 400, 'request-ambiguous'] as const,
    ['version', `GET /x ${MARKUP}\r\nHost: localhost\r\n\r\n`, 400, 'request-ambiguous'] as const,
    ['Content-Length', request('GET /x', [`Content-Length: ${MARKUP}`]), 400, 'request-ambiguous'] as const
  ].map(([where, send, status, code]): Case => ({ name: `markup in the ${where} of a request that fails is not reflected`, promise: 'P4', send, ...refusedWithout('script>', status, code) }))
]

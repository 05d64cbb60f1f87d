// Headers that are neither credentials nor of the connection: end-to-end ones stay as they came (P5), and
// claims that nobody here can vouch for go no further (threat model 6.3).

import { forwarded, refused, REFUSED, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'

const LINE = 'GET /x HTTP/1.1'
const LARGE = `X-Large: ${'x'.repeat(65_536)}`
const passed = (has: readonly string[]): Outcome => forwarded({ line: LINE, has })

/** Ordinary headers: whoever forwards at all must forward them so. */
const ORDINARY: readonly (readonly [says: string, lines: readonly string[]])[] = [
  ['a value with blanks, tabs and punctuation inside', ['X-Note: a  b\tc "q" \\ , ; = : ()']],
  ['Accept-Encoding', ['Accept-Encoding: gzip;q=0.5, br, zstd']],
  ['Accept-Encoding: identity', ['Accept-Encoding: identity']],
  ['User-Agent', ['User-Agent: langsmith-py/0.4 (a; b)']],
  ['X-Request-Id', ['X-Request-Id: 0b5e-42']],
  ['trace context', ['traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'tracestate: a=1,b=2', 'baggage: k=v;p=1']],
  ['conditional and range headers', ['If-None-Match: W/"a", "b"', 'If-Modified-Since: Sat, 01 Nov 2025 00:00:00 GMT', 'Range: bytes=0-9']],
  ['Cache-Control and Pragma', ['Cache-Control: no-cache, max-age=0', 'Pragma: no-cache']],
  ['Accept-Language, Referer and Date', ['Accept-Language: de;q=0.5', 'Referer: http://localhost/x', 'Date: Sat, 01 Nov 2025 00:00:00 GMT']],
  ['headers in mixed spelling and no common order', ['zebra: 1', 'ACCEPT: */*', 'x-MiXeD-cAsE: 2', 'Alpha: 3']],
  ['a header named constructor', ['constructor: 1']],
  ['headers named toString, hasOwnProperty and valueOf', ['toString: 1', 'hasOwnProperty: 2', 'valueOf: 3']],
  ['a credential name with a letter more', ['X-API-Keys: 1', 'X-Tenant-Ids: 2', 'Authorizations: 3', 'Cookies: 4']]
]

/** What a proxy may also refuse, or (the last column) leave out. */
const UNUSUAL: readonly (readonly [says: string, line: string, droppable?: true])[] = [
  ['an empty value', 'X-Empty: '],
  ['obs-text in a value', 'X-Note: caf\xe9'],
  ['UTF-8 in a value', 'X-Note: caf\xc3\xa9 \xe2\x9c\x93'],
  ['a value of 8 KiB', `X-Large: ${'x'.repeat(8192)}`],
  ['a name of 200 letters', `X-${'n'.repeat(198)}: 1`],
  ['a header named __proto__', '__proto__: 1', true],
  ['a name with an underscore', 'X_Trace_Id: 1', true],
  ['a name of all permitted signs', '!#$%&\'*+-.^_`|~: 1', true]
]

/** Claims about where a request came from, and overrides that would turn one request into another behind all checks. */
const DROPPED: readonly (readonly [name: string, value: string])[] = [
  ['X-Forwarded-For', '203.0.113.9'], ['X-Forwarded-Host', 'evil.example'], ['X-Forwarded-Proto', 'https'], ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Prefix', '/evil'], ['X-Forwarded-User', 'root'], ['Forwarded', 'for=203.0.113.9;host=evil.example'], ['X-Real-IP', '203.0.113.9'],
  ['X-HTTP-Method-Override', 'DELETE'], ['X-HTTP-Method', 'DELETE'], ['X-Method-Override', 'DELETE'],
  ['X-Original-URL', '/api/v1/api-key'], ['X-Rewrite-URL', '/api/v1/api-key']
]

export const otherHeaders: readonly Case[] = [
  ...ORDINARY.map(([says, lines]) => ({ name: `passes unchanged: ${says}`, promise: 'P5', send: request('GET /x', lines), expect: passed(lines) })),
  ...UNUSUAL.map(([says, line, droppable]) => ({
    name: `passes unchanged${droppable === true ? ', or is left out' : ''}, or the request is refused: ${says}`,
    promise: 'P5',
    send: request('GET /x', [line]),
    expect: [passed([line]), REFUSED, ...droppable === true ? [forwarded({ line: LINE })] : []]
  })),
  {
    name: 'lines of one name stay apart and in order, or are joined',
    promise: 'P5',
    send: request('GET /x', ['X-Tag: b', 'X-Tag: a', 'X-Other: 1', 'X-Tag: b']),
    expect: [passed(['X-Tag: b', 'X-Tag: a', 'X-Other: 1', 'X-Tag: b']), passed(['X-Tag: b, a, b']), passed(['X-Tag: b,a,b'])]
  },
  {
    name: '400 headers pass, or the request is refused',
    promise: 'P5',
    send: request('GET /x', Array.from({ length: 400 }, (_, i) => `X-H${i}: ${i}`)),
    expect: [passed(Array.from({ length: 400 }, (_, i) => `X-H${i}: ${i}`)), REFUSED]
  },
  {
    name: 'a header of 64 KiB passes whole, or the request is refused',
    promise: 'P8',
    send: request('GET /x', [LARGE]),
    ...refused(431, 'headers-too-large'),
    expect: [passed([LARGE]), REFUSED]
  },
  { name: 'the connection after one with a header of 64 KiB is served', promise: 'P8', send: request('GET /x'), expect: forwarded({ line: LINE }) }, // follows on the case above
  {
    name: 'no header is made up: User-Agent, Accept, Accept-Encoding, X-Forwarded-*, X-Real-IP, Forwarded',
    promise: 'P5',
    send: request('GET /x'),
    expect: forwarded({ line: LINE, lacks: ['user-agent', 'accept', 'accept-encoding', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-server', 'x-real-ip', 'forwarded'] })
  },
  { name: 'the Host that the client named does not go up', promise: 'P1', send: request('GET /x'), expect: forwarded({ line: LINE, lacks: ['host: localhost'] }) },
  ...DROPPED.map(([name, value]) => ({
    name: `a claim or override of the client does not go up: ${name}`,
    promise: 'P3',
    send: request('GET /x', [`${name}: ${value}`]),
    expect: forwarded({ line: LINE, lacks: [name.toLowerCase()] })
  })),
  {
    name: 'a claim does not go up in other spellings: X_Forwarded_For, x-REAL-ip',
    promise: 'P3',
    send: request('GET /x', ['X_Forwarded_For: 203.0.113.9', 'x-REAL-ip: 203.0.113.9']),
    expect: [forwarded({ line: LINE, lacks: ['x_forwarded_for', 'x-forwarded-for', 'x-real-ip'] }), REFUSED]
  },
  {
    name: 'the headers by which this proxy marks its answers do not go up',
    promise: 'P3',
    send: request('GET /x', ['X-LangSmith-Proxy: upstream', 'x_langsmith_proxy_diagnosis: key-revoked']),
    expect: [forwarded({ line: LINE }), REFUSED],
    ours: forwarded({ line: LINE, lacks: ['x-langsmith-proxy', 'x_langsmith_proxy_diagnosis', 'x-langsmith-proxy-diagnosis'] })
  }
]

// Targets that two parsers could read differently, so that a check sees one path and the upstream another
// (CVE-2021-21321 and others, threat model 6.3). We refuse them; unchanged they are safe as well, because
// then the upstream reads what the checks have read.

import { forwarded, refused, REFUSED, request } from '../case.ts'
import type { Case } from '../case.ts'

const DOT_SEGMENTS = [
  '/a/../b', '/a/./b', '/..', '/.', '/../x', '/a/..', '/a/.', '/a/%2e%2e/b', '/a/%2E./b', '/a/.%2e/b', '/a/%2e/b', '/%2e%2e/%2e%2e/x',
  '/a/..%2fb', '/a%2f..%2fb', '/a%2F%2e%2E%2Fb', '/a/%252e%252e/b', '/a/%252e./b', '/a/%25252e%25252e/b', '/a/..;/b', '/a/..;x=1/b', '/a/%2e%2e%3b/b', '/a/..%5cb', '/a%5c..%5cb', '/a/..%3fb', '/a/..%23b'
]

const OTHERS: readonly (readonly [says: string, target: string])[] = [
  ['an escape that is no UTF-8', '/a%FF'],
  ['escapes that are no UTF-8', '/%c3%28'],
  ['an escaped NUL', '/a%00b'],
  ['an escaped line feed at the end', '/a%0a'],
  ['an escaped carriage return', '/a%0Db'],
  ['an escaped tab', '/a%09b'],
  ['an escaped DEL', '/a%7Fb'],
  ['an escaped header', '/a%0d%0aX-Injected:%201'],
  ['a header escaped twice', '/a%250d%250aX-Injected:%201'],
  ['a lone % in the path', '/a%'],
  ['a broken escape in the path', '/a%zzb'],
  ['half an escape in the path', '/a%2'],
  ['a backslash', '/a\\b'],
  ['a backslash for the second slash', '/\\evil.example/x'],
  ['dot segments with backslashes', '/a\\..\\b']
]

/** Fragments belong to the client (RFC 3986, section 3.5): without them it is the same resource. */
const FRAGMENTS: readonly (readonly [target: string, without: string])[] = [
  ['/x#y', '/x'], ['/x?a=1#y', '/x?a=1'], ['/x#/../y', '/x'], ['/#', '/'], ['/eux#@evil.example/', '/eux']
]

/** Bytes that no target may have. */
const BYTES: readonly (readonly [says: string, target: string])[] = [
  ['UTF-8 in the path', '/caf\xc3\xa9'],
  ['Latin-1 in the path', '/caf\xe9'],
  ['UTF-8 in the query', '/x?q=\xc3\xa9'],
  ['a NUL in the path', '/a\0b'],
  ['a NUL in the query', '/x?a\0b'],
  ['a tab in the path', '/a\tb'],
  ['a bare CR in the path', '/a\rb'],
  ['a vertical tab in the path', '/a\x0bb'],
  ['a DEL in the path', '/a\x7fb'],
  ['an escape character in the path', '/a\x1b[31m'],
  ['a blank in the path', '/a b'],
  ['a blank in the query', '/x?a= b'],
  ['what looks like a version in the path', '/a HTTP/1.1'],
  ['a line break in the path', '/a\r\nX-Injected: 1'],
  ['a bare LF in the path', '/a\nX-Injected: 1']
]

export const targetRefusals: readonly Case[] = [
  ...[...DOT_SEGMENTS.map((target) => [`the dot segment of ${target}`, target] as const), ...OTHERS].map(([says, target]) => ({
    name: `is refused, or goes up byte for byte: ${says}`,
    promise: 'P5',
    send: request(`GET ${target}`),
    ...refused(400, 'request-ambiguous'),
    expect: [REFUSED, forwarded({ line: `GET ${target} HTTP/1.1` })]
  })),
  {
    name: 'a refusal does not quote a target that is markup',
    promise: 'P5',
    send: request('GET /\\<script>alert(1)</script>'),
    expect: [{ ...REFUSED, withholds: '<script' }, forwarded({ line: 'GET /\\<script>alert(1)</script> HTTP/1.1' })],
    ours: { reaches: [], answers: [{ status: 400, code: 'request-ambiguous' }], withholds: 'script' }
  },
  ...FRAGMENTS.map(([target, without]) => ({
    name: `a fragment is refused, cut off or kept: ${target}`,
    promise: 'P5',
    send: request(`GET ${target}`),
    ...refused(400, 'request-ambiguous'),
    expect: [REFUSED, forwarded({ line: `GET ${without} HTTP/1.1` }), forwarded({ line: `GET ${target} HTTP/1.1` })]
  })),
  ...BYTES.map(([says, target]) => ({
    name: `is refused: ${says}`, promise: 'P5', send: request(`GET ${target}`), ...refused(400, 'request-ambiguous')
  }))
]

// The request target goes up byte for byte: "a proxy MUST NOT modify the absolute-path and query parts of the
// received request-target" (RFC 9112, section 3.2.1). What is refused instead is in target-refusals.ts.

import { FIN, forwarded, MESSAGE, refused, REFUSED, request } from '../case.ts'
import type { Case } from '../case.ts'

/** Origin forms as RFC 3986 has them. */
const PLAIN = [
  '/', '/x', '/x/', '/x/y/z', '/X/y', '/x//y', '/x//',
  '/a%2Fb', '/a%2fb', '/a%20b', '/%41', '/%7euser', '/%7Euser', '/~user', '/caf%C3%A9', '/caf%c3%a9', '/a%25b', '/a%3Fb', '/a%23b', '/a%3bb',
  '/x;p=1', '/x;p=1/y;q', '/!$&\'()*,=:@', '/a:b@c', '/@evil.example/x', '/http://evil.example/', '/.evil.example',
  '/...', '/.../x', '/.hidden', '/x.', '/x..y', '/x..', '/..x', '/_/x',
  '/?', '/x?', '/x??', '/x?a=b?c', '/x?a=1&a=2&&', '/x?=', '/x?a', '/x?a=1+2', '/x?a=%2B&b=%26', '/x?a=%2f%2F', '/x?q=%E2%9C%93', '/x?a=/../b',
  '/x?a=./b', '/x?u=http://evil.example/', '/x?a[]=1', '/x?a;b', '/x?!$&\'()*+,;=:@/', '/x?a=%00', '/x?a=%0d%0aX:%201'
]

/** Mostly characters that a client must escape, though curl and others do not. Unchanged or not at all. */
const SLOPPY: readonly (readonly [says: string, target: string])[] = [
  ['two slashes first', '//x'], // some readers take what follows for a host
  ['a host after two slashes', '//evil.example/x'],
  ['slashes only', '///'],
  ['braces in the path', '/x{a}'],
  ['| ^ ` in the path', '/a|b^c`d'],
  ['quotes and angles in the path', '/a"b<c>d'],
  ['brackets in the path', '/a[b]'],
  ['braces, | ^ ` in the query', '/x?a={b}|^`'],
  ['quotes and angles in the query', '/x?a="b"<c>'],
  ['a backslash in the query', '/x?a=\\b'],
  ['an escaped escape', '/a%2541'],
  ['a lone % in the query', '/x?a=100%'],
  ['a broken escape in the query', '/x?a=%zz']
]

const LONG: readonly (readonly [says: string, target: string])[] = [
  ['a path of 2 KiB', `/${'p'.repeat(2048)}`],
  ['a path of 15 KiB', `/${'p'.repeat(15_360)}`],
  ['a query of 15 KiB', `/x?q=${'q'.repeat(15_360)}`],
  ['a thousand segments', '/a'.repeat(1000)],
  ['a thousand escapes', `/${'%2F'.repeat(1000)}`],
  ['a thousand query pairs', `/x?${'a=1&'.repeat(1000)}`]
]

const TOO_LONG: readonly (readonly [says: string, target: string])[] = [
  ['a path of 64 KiB', `/${'p'.repeat(65_536)}`], ['a query of 64 KiB', `/x?q=${'q'.repeat(65_536)}`]
]

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export const requestTarget: readonly Case[] = [
  ...PLAIN.map((target) => ({
    name: `goes up byte for byte: ${target}`, promise: 'P5', send: request(`GET ${target}`), expect: forwarded({ line: `GET ${target} HTTP/1.1` })
  })),
  ...[...SLOPPY, ...LONG].map(([says, target]) => ({
    name: `goes up byte for byte, or is refused: ${says}`, promise: 'P5', send: request(`GET ${target}`), expect: [forwarded({ line: `GET ${target} HTTP/1.1` }), REFUSED]
  })),
  ...TOO_LONG.map(([says, target]) => ({
    name: `goes up whole, or is refused: ${says}`,
    promise: 'P5',
    send: request(`GET ${target}`),
    ...refused(431, 'headers-too-large'),
    expect: [forwarded({ line: `GET ${target} HTTP/1.1` }), REFUSED]
  })),
  ...METHODS.map((method) => ({
    name: `${method} is forwarded`, promise: 'P5', send: request(`${method} /x`, method === 'POST' ? ['Content-Length: 0'] : []), expect: forwarded({ line: `${method} /x HTTP/1.1` })
  })),
  {
    name: 'HEAD is forwarded, and its answer has no body',
    promise: 'P5',
    send: request('HEAD /x'),
    upstream: [MESSAGE, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n', FIN],
    expect: forwarded({ line: 'HEAD /x HTTP/1.1' }, { toHead: true, body: '' }),
    ours: forwarded({ line: 'HEAD /x HTTP/1.1' }, { toHead: true, body: '', has: ['Content-Length: 2'] })
  }
]

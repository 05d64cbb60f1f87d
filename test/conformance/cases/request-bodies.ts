// Bodies of requests: every byte goes up as it came, whatever it is called, however it is framed and cut into
// pieces (P5); and what is not whole never looks whole (P7).

import { gzipSync } from 'node:zlib'
import { answer, forwarded, MESSAGE, REFUSED, request, withBody } from '../case.ts'
import type { Case, Outcome } from '../case.ts'
import { once, post } from './outcomes.ts'
import { uploads } from './uploads.ts'

const EVERY_BYTE = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')
const BODIES: readonly [name: string, body: string][] = [
  ['no bytes', ''],
  ['one byte', '\0'],
  ['every byte there is', EVERY_BYTE],
  ['CR LF CR LF', '\r\n\r\n'],
  ['64 KiB', EVERY_BYTE.repeat(256)],
  ['64 KiB and a byte', `${EVERY_BYTE.repeat(256)}!`],
  ['1 MiB', EVERY_BYTE.repeat(4096)]
]

/** A body in chunks of this many bytes. */
function inChunks (body: string, size: number): string {
  const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.slice(i * size, (i + 1) * size))
  return [...pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`), '0\r\n\r\n'].join('')
}

/** Refused by name: some servers parse bodies by their type. */
const OTHER_TYPE: Outcome = { reaches: [], answers: [{ status: [400, 415] }] }

const TYPES: readonly (readonly [name: string, ...lines: string[]])[] = [
  ['no type'],
  ['application/json that is none', 'Content-Type: application/json'],
  ['a tab in its type (CVE-2026-25223)', 'Content-Type: application/json\ta'],
  ['a type of blanks and signs', 'Content-Type: ; ,;= "'],
  ['an empty type', 'Content-Type:'],
  ['an unknown type', 'Content-Type: application/x-unheard-of; a=b'],
  ['a type without a slash', 'Content-Type: json'],
  ['a type in capitals', 'CONTENT-TYPE: APPLICATION/JSON; CHARSET=UTF-8'],
  ['an unknown charset', 'Content-Type: text/plain; charset=unheard-of'],
  ['a multipart type without a boundary', 'Content-Type: multipart/form-data'],
  ['another boundary than announced', 'Content-Type: multipart/form-data; boundary=b'],
  ['a form type', 'Content-Type: application/x-www-form-urlencoded'],
  ['a protobuf type', 'Content-Type: application/x-protobuf'],
  ['bytes beyond ASCII in its type', 'Content-Type: text/pl\xe4in'],
  ['a type of a prototype', 'Content-Type: __proto__/constructor']
]

const MULTIPART = ['--b', 'Content-Disposition: form-data; name="post.1"', 'Content-Type: application/json', '', '{}', '--b--', ''].join('\r\n')
const GZIPPED = gzipSync('x'.repeat(1000)).toString('latin1')

export const requestBodies: readonly Case[] = [
  ...BODIES.map(([name, body]): Case => ({ name: `a counted body of ${name} goes up byte for byte`, promise: 'P5', send: withBody('POST /x', body), expect: once(body) })),
  ...BODIES.map(([name, body]): Case => ({ name: `a chunked body of ${name} goes up byte for byte`, promise: 'P5', send: post(['Transfer-Encoding: chunked'], inChunks(body, 5000)), expect: once(body) })),
  ...[1, 7, 4096].map((size): Case => ({
    name: `chunks of ${size} bytes are the same body`,
    promise: 'P5',
    send: post(['Transfer-Encoding: chunked'], inChunks(EVERY_BYTE.repeat(size > 100 ? 64 : 1), size)),
    expect: once(EVERY_BYTE.repeat(size > 100 ? 64 : 1))
  })),
  { name: 'a POST without any length has no body', promise: 'P5', send: request('POST /x'), expect: once('') },
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS'].flatMap((method) => [
    [`${method} with a counted body`, method, withBody(`${method} /x`, 'hello')] as const,
    [`${method} with a chunked body`, method, request(`${method} /x`, ['Transfer-Encoding: chunked'], inChunks('hello', 2))] as const
  ]).map(([name, method, send]): Case => ({ name: `${name} goes up whole`, promise: 'P5', send, expect: forwarded({ line: `${method} /x HTTP/1.1`, body: 'hello' }) })),
  ...[
    ['GET with a counted body', withBody('GET /x', 'hello')] as const,
    ['GET with a chunked body', request('GET /x', ['Transfer-Encoding: chunked'], inChunks('hello', 2))] as const
  ].map(([name, send]): Case => ({ name: `${name} goes up whole, or is refused`, promise: 'P5', send, expect: [forwarded({ line: 'GET /x HTTP/1.1', body: 'hello' }), REFUSED] })),
  {
    name: 'HEAD with a body goes up whole, or is refused',
    promise: 'P5',
    send: withBody('HEAD /x', 'hello'),
    upstream: [MESSAGE, answer('200 OK')],
    expect: [forwarded({ line: 'HEAD /x HTTP/1.1', body: 'hello' }, { body: '', toHead: true }), REFUSED]
  },
  ...TYPES.map(([name, ...lines]): Case => ({
    name: `a body with ${name} goes up byte for byte`,
    promise: 'P5',
    send: withBody('POST /x', '{"a": [}\0\xff', lines),
    expect: lines.length === 0 || name.startsWith('application/json') ? once('{"a": [}\0\xff', { has: lines }) : [once('{"a": [}\0\xff'), OTHER_TYPE],
    ours: once('{"a": [}\0\xff', { has: lines.map((line) => line.replace(/:$/, ': ')) })
  })),
  {
    name: 'a body with two types goes up byte for byte, or is refused',
    promise: 'P5',
    send: withBody('POST /x', '{}', ['Content-Type: application/json', 'Content-Type: text/plain']),
    expect: [once('{}'), OTHER_TYPE],
    ours: once('{}', { has: ['Content-Type: application/json', 'Content-Type: text/plain'] })
  },
  { name: 'a multipart body goes up byte for byte', promise: 'P5', send: withBody('POST /runs/multipart', MULTIPART, ['Content-Type: multipart/form-data; boundary=b']), expect: forwarded({ line: 'POST /runs/multipart HTTP/1.1', body: MULTIPART, has: ['Content-Type: multipart/form-data; boundary=b'] }) },
  ...[['gzip', GZIPPED], ['gzip', 'not gzip'], ['zstd', '(\xb5/\xfd'], ['identity', 'x'], ['unheard-of', 'x']].map(([coding = '', body = '']): Case => ({
    name: `a body with Content-Encoding ${coding} stays as it is: ${JSON.stringify(body.slice(0, 8))}`,
    promise: 'P5',
    send: withBody('POST /x', body, [`Content-Encoding: ${coding}`]),
    expect: once(body, { has: [`Content-Encoding: ${coding}`] })
  })),
  ...uploads
]

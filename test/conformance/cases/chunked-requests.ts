// Chunked bodies whose end two parsers find at different places (RFC 9112, section 7.1), and trailers,
// which come too late for every check of a header.

import { CANARY, FIN, REFUSED } from '../case.ts'
import type { Case } from '../case.ts'
import { BROKEN_OFF, brokenOr, HELLO_CHUNK, LEAVE, MUST_BREAK, once, post, SMUGGLED } from './outcomes.ts'
import { slowly } from './slowly.ts'

function chunked (bytes: string, headers: readonly string[] = []): string {
  return post([...headers, 'Transfer-Encoding: chunked'], bytes)
}

const WHOLE: readonly [name: string, bytes: string, body: string][] = [
  ['sizes in upper and lower case', 'A\r\n0123456789\r\na\r\n9876543210\r\n0\r\n\r\n', '01234567899876543210'],
  ['leading zeros', '0005\r\nhello\r\n000\r\n\r\n', 'hello'],
  ['an extension', '5;a=b\r\nhello\r\n0;c\r\n\r\n', 'hello'],
  ['a quoted extension', '5;a="b;c \\" d"\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['no data', '0\r\n\r\n', ''],
  ['chunks that look like chunks', '5\r\n0\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n'],
  ['a chunk that looks like a request', `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`, SMUGGLED]
]

/** Where a body with a fault ends is anybody's guess, but for these some read `hello`. */
const HELLO_AT_BEST: readonly [name: string, bytes: string][] = [
  ['a blank after the size', '5 \r\nhello\r\n0\r\n\r\n'],
  ['a tab after the size', '5\t\r\nhello\r\n0\r\n\r\n'],
  ['a blank before an extension', '5 ; a=b\r\nhello\r\n0\r\n\r\n'],
  ['an extension without a name', '5;\r\nhello\r\n0\r\n\r\n'],
  ['an extension of 20 kB', `5;a=${'b'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`],
  ['an open quote in an extension', '5;a="b\r\nhello\r\n0\r\n\r\n'],
  ['a bare CR in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
  ['a NUL in an extension', '5;a\0b\r\nhello\r\n0\r\n\r\n'],
  ['a size of 60 digits', `${'0'.repeat(59)}5\r\nhello\r\n0\r\n\r\n`],
  ['a bare LF after the size', '5\nhello\r\n0\r\n\r\n'],
  ['a second size behind a blank', '5 5\r\nhello\r\n0\r\n\r\n'],
  ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n'],
  ['bare LFs at the end', '5\r\nhello\r\n0\n\n'],
  ['a bare LF before the last CRLF', '5\r\nhello\r\n0\n\r\n'],
  ['a trailer that ends in a bare LF', '5\r\nhello\r\n0\r\nX-A: b\n\r\n'],
  ['a trailer without a colon', '5\r\nhello\r\n0\r\nX-A\r\n\r\n'],
  ['a trailer with a NUL', '5\r\nhello\r\n0\r\nX-A: b\0c\r\n\r\n']
]

const NO_SIZES = ['', '0x5', '0X5', '+5', '-5', '_5', '5_0', ' 5', '\t5', '\x0b5', '5,5', '5.0', '"5"', 'g', '5g', '\xef\xbc\x95', '5\0', '5\x0b', '5=', '-0', '+0']

const NO_CHUNKS: readonly [name: string, bytes: string][] = [
  ['a size that is too small', '4\r\nhello\r\n0\r\n\r\n'],
  ['a size that is too large by two', '7\r\nhello\r\n0\r\n\r\n'],
  ['no CRLF after the data', '5\r\nhello0\r\n\r\n'],
  ['two other bytes after the data', '5\r\nhelloXX0\r\n\r\n'],
  ['a bare CR after the data', '5\r\nhello\r0\r\n\r\n'],
  ['CR CR LF after the data', '5\r\nhello\r\r\n0\r\n\r\n'],
  ['a bare CR after the size', '5\rhello\r\n0\r\n\r\n'],
  ['CR X after the size', '5\rXhello\r\n0\r\n\r\n'],
  ['CR CR LF after the size', '5\r\r\nhello\r\n0\r\n\r\n'],
  ['an empty line before the size', '\r\n5\r\nhello\r\n0\r\n\r\n'],
  ['no chunk at all', 'hello'],
  ['CR X at the end', '5\r\nhello\r\n0\r\n\rX'],
  ['a request in place of the last CRLF', `5\r\nhello\r\n0\r\n${SMUGGLED.slice(0, -4)}`]
]

/** Each is 5 where 32 or 64 bits run over, or digits past a limit are left out. */
const OVERFLOWS = ['100000005', '10000000000000005', 'ffffffffffffffff5', '5ffffffffffffffff', 'fffffffffffffffb', '50000000000000000000000']

/** The size line ends at the LF for some, and for others only at the next CRLF; then a part of the data is a request for these. */
const HIDDEN = `0\r\n\r\n${SMUGGLED}`
const TWO_ENDS: readonly [name: string, line: string][] = [['LF', '2;a\n'], ['CR', '2;a\r'], ['a quoted CRLF', '2;a="\r\n']]

const TRAILERS_AT_BEST = ['Content-Length: 3', 'Transfer-Encoding: chunked', 'Host: evil.example']
const TRAILERS = [
  `X-API-Key: ${CANARY}`, `Authorization: Bearer ${CANARY}`, `Cookie: a=${CANARY}`, `X-Tenant-Id: ${CANARY}`, 'Connection: x-api-key', 'X-Sum: 1'
]

export const chunkedRequests: readonly Case[] = [
  ...WHOLE.map(([name, bytes, body]): Case => ({ name: `a chunked body with ${name} goes up as it is`, promise: 'P5', send: chunked(bytes), expect: once(body) })),
  ...HELLO_AT_BEST.map(([name, bytes]): Case => ({ name: `a chunked body with ${name} is one body at best`, promise: 'P5', send: [chunked(bytes), ...LEAVE], ...brokenOr(once('hello')) })),
  ...NO_SIZES.map((size): Case => ({ name: `${JSON.stringify(size)} is no chunk size`, promise: 'P7', send: chunked(`${size}\r\nhello\r\n0\r\n\r\n`), ...MUST_BREAK })),
  ...NO_CHUNKS.map(([name, bytes]): Case => ({ name: `a chunked body with ${name} is broken`, promise: 'P7', send: [chunked(bytes), FIN], ...MUST_BREAK })),
  { name: 'a chunked body with a size that is too large by one is one body at best', promise: 'P5', send: [chunked('6\r\nhello\r\n0\r\n\r\n'), ...LEAVE], ...brokenOr(once('hello\r')) },
  ...OVERFLOWS.map((size): Case => ({ name: `a chunk of size ${size} is not whole after 5 bytes`, promise: 'P7', send: [chunked(`${size}\r\nhello\r\n0\r\n\r\n`), FIN], ...MUST_BREAK })),
  ...TWO_ENDS.map(([name, line]): Case => ({
    name: `a chunk size that may end at ${name} makes no second request of the data`,
    promise: 'P5',
    send: chunked(`${line}xx\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`),
    ...brokenOr(once(`xx${HIDDEN}`))
  })),
  ...['', '0', '0\r\n', '0\r\n\r', '5', '5\r\n', '5\r\nhel', '5\r\nhello', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\n', '5\r\nhello\r\n0\r\nX-A: b\r\n'].map((bytes): Case => ({
    name: `a chunked body that ends after ${JSON.stringify(bytes)} does not look whole`,
    promise: 'P7',
    send: [chunked(bytes), FIN],
    ...MUST_BREAK
  })),
  ...TRAILERS.map((trailer): Case => ({
    name: `a trailer is no header: ${trailer}`,
    promise: 'P3',
    send: chunked(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`),
    expect: [once('hello', { lacks: [trailer.toLowerCase()] }), REFUSED, BROKEN_OFF],
    ours: once('hello', { lacks: [trailer.toLowerCase()], trailers: [] })
  })),
  ...TRAILERS_AT_BEST.map((trailer): Case => ({
    name: `a trailer frames and routes nothing: ${trailer}`,
    promise: 'P5',
    send: [chunked(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`), ...LEAVE],
    ...brokenOr(once('hello', trailer.startsWith('T') ? {} : { lacks: [trailer.toLowerCase()] }))
  })),
  {
    name: 'a header that Trailer announces stays a trailer',
    promise: 'P3',
    send: chunked(`5\r\nhello\r\n0\r\nX-API-Key: ${CANARY}\r\n\r\n`, ['Trailer: X-API-Key']),
    expect: [once('hello'), REFUSED, BROKEN_OFF],
    ours: once('hello', { lacks: ['trailer'], trailers: [] })
  },
  {
    name: 'a chunked body in the smallest pieces goes up whole',
    promise: 'P5',
    send: [chunked(''), ...slowly(`1;x\r\n!\r\n${HELLO_CHUNK}`, 1, 1)],
    expect: once('!hello')
  }
]

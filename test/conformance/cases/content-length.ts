// Lengths that two parsers read differently (RFC 9112, section 6.3): one digit more or less, and the rest
// of a body becomes the next request.

import { CANARY, FIN, REFUSED } from '../case.ts'
import type { Case } from '../case.ts'
import { AMBIGUOUS, BROKEN_OFF, MUST_REFUSE, once, post, refusedOr } from './outcomes.ts'

const NO_NUMBERS = [
  '', '+5', '-5', '0x5', '5 5', '5;', '5;a=b', '5.0', '1e1', '5_0', '0b101', 'five', '"5"', '\x0b5', '5\x0c', '\xa05', '\xef\xbc\x95', '5, 6', '6, 5', '5,6', '5;5', '5/5'
]

/** Each may count as one 5, or be refused. */
const FIVES_AT_BEST: readonly (readonly string[])[] = [
  ['Content-Length: 5, 5'], ['Content-Length: 5,5'], ['Content-Length: 5,'], ['Content-Length: ,5'], ['Content-Length: 5\0'],
  ['Content-Length: 5', 'Content-Length: 5'], ['Content-Length: 5', 'content-length: 05'], ['Content-Length:', ' 5']
]

const FIVES: readonly string[] = ['Content-Length:5', 'Content-Length:   5  ', 'content-length: 5', 'CONTENT-LENGTH: 5', 'Content-Length: 005']

const NOT_EQUAL: readonly (readonly string[])[] = [
  ['Content-Length: 5', 'Content-Length: 6'], ['Content-Length: 6', 'Content-Length: 5'], ['Content-Length: 0', 'Content-Length: 5'], ['Content-Length: 5', 'Content-Length: 0'],
  ['Content-Length: 5', 'X-A: b', 'CONTENT-LENGTH: 4'], ['Content-Length: 5', 'Content-Length: +5'], ['Content-Length: 5', ' 5'], ['Content-Length: 5', '\t, 6']
]

/** Each is 5 where a number of 31, 32, 63 or 64 bits runs over, or the digits past a limit are left out. */
const OVERFLOWS: readonly string[] = ['2147483653', '4294967301', '9223372036854775813', '18446744073709551621', '50000000000000000000', '99999999999999999999999']

export const contentLength: readonly Case[] = [
  ...NO_NUMBERS.map((value): Case => ({ name: `Content-Length ${JSON.stringify(value)} is no length`, promise: 'P5', send: post([`Content-Length: ${value}`], 'hello'), ...MUST_REFUSE })),
  ...NOT_EQUAL.map((lines): Case => ({ name: `lengths that differ are refused: ${JSON.stringify(lines)}`, promise: 'P5', send: post(lines, 'hello!'), ...MUST_REFUSE })),
  ...FIVES_AT_BEST.map((lines): Case => ({ name: `${JSON.stringify(lines)} is at best one length of 5`, promise: 'P5', send: post(lines, 'hello'), ...refusedOr(once('hello')) })),
  ...FIVES.map((line): Case => ({ name: `${JSON.stringify(line)} is a length of 5`, promise: 'P5', send: post([line], 'hello'), expect: once('hello') })),
  ...OVERFLOWS.map((value): Case => ({
    name: `a body of Content-Length ${value} is not whole after 5 bytes`,
    promise: 'P7',
    send: [post([`Content-Length: ${value}`], 'hello'), FIN],
    expect: [REFUSED, BROKEN_OFF],
    ours: [AMBIGUOUS, { ...AMBIGUOUS, reaches: BROKEN_OFF.reaches }]
  })),
  {
    name: 'a length with 200 leading zeros is refused, or the same length',
    promise: 'P5',
    send: post([`Content-Length: ${'0'.repeat(200)}5`], 'hello'),
    expect: [once('hello'), REFUSED]
  },
  ...['Content-Length : 5', 'Content-Length\t: 5'].map((line): Case => ({ name: `a blank before the colon is refused: ${JSON.stringify(line)}`, promise: 'P5', send: post([line], 'hello'), ...MUST_REFUSE })),
  ...['Content_Length: 3', 'Content_Length: 9'].map((line): Case => ({
    name: `${line} beside Content-Length: 5 is no length`,
    promise: 'P5',
    send: post([line, 'Content-Length: 5'], 'hello'),
    expect: [once('hello'), REFUSED],
    ours: once('hello', { lacks: ['content_length'] })
  })),
  {
    name: 'Connection cannot name Content-Length away',
    promise: 'P5',
    send: post(['Connection: content-length', 'Content-Length: 5'], 'hello'),
    expect: [once('hello'), REFUSED]
  },
  {
    name: 'a header that only looks like Content-Length is no length',
    promise: 'P5',
    send: post([`X-Content-Length: 9`, 'Content-Length: 5', 'Content-Lengths: 9', `Authorization: ${CANARY}`], 'hello'),
    expect: once('hello', { has: ['X-Content-Length: 9', 'Content-Lengths: 9'] })
  }
]

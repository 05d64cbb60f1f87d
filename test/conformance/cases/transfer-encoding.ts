// Spellings of Transfer-Encoding that one parser takes for chunked and another does not (TE.TE), and both
// framings at once (CL.TE, TE.CL). RFC 9112, section 6.1: both at once is refused, or chunked wins and the
// connection closes after the answer; a coding whose last is not chunked is refused.

import { REFUSED, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'
import { HELLO_CHUNK, MUST_REFUSE, once, post, refusedOr, SMUGGLED } from './outcomes.ts'

const NOT_CHUNKED = [
  'xchunked', 'chunkedx', 'chunk', 'chunked chunked', 'identity', 'gzip', 'chunked, gzip', 'chunked, identity', 'chunked,x', 'chunked, chunked, x',
  '\x0bchunked', 'chunked\x0b', '\x0cchunked', '\xa0chunked', '"chunked"', '\'chunked\'', '[chunked]', 'chunked=1', 'Content-Length'
]

/** One body in chunks, or a refusal. */
const CHUNKED_AT_BEST = ['chunked, chunked', 'chunked,chunked', 'gzip, chunked', 'identity, chunked', 'x, chunked', 'chunked;q=1', 'chunked;', 'chunked,', ',chunked', ', chunked', 'chunked\0']

const CHUNKED = ['Transfer-Encoding:chunked', 'Transfer-Encoding:   chunked  ', 'transfer-encoding: chunked', 'TRANSFER-ENCODING: CHUNKED', 'Transfer-Encoding: cHuNkEd']

const LINES_NOT_CHUNKED: readonly (readonly string[])[] = [
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], ['Transfer-Encoding: chunked', 'transfer-encoding: x'],
  ['Transfer-Encoding : chunked'], ['Transfer-Encoding\t: chunked'], ['Transfer-Encoding: x', ' chunked']
]

const LINES_CHUNKED_AT_BEST: readonly (readonly string[])[] = [
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked', 'Transfer-Encoding:'],
  ['Transfer-Encoding:', 'Transfer-Encoding: chunked'], ['Transfer-Encoding:', ' chunked'], ['Transfer-Encoding: gzip,', '\tchunked'], ['X-A: b\nTransfer-Encoding: chunked']
]

/** No Transfer-Encoding, though some servers read one. */
const NO_CODING: readonly (readonly string[])[] = [['X-A: b\rTransfer-Encoding: chunked'], ['X-A: b', ' Transfer-Encoding: chunked'], ['X-A: b', '\tTransfer-Encoding: chunked']]

/** Chunked won, and the connection cannot carry another request. */
function chunkedWins (body: string): Outcome {
  return { ...once(body), then: 'closed' }
}

const CL_TE = '0\r\n\r\nX'
const TE_CL = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`
const BOTH: readonly [name: string, lines: readonly string[], bytes: string, body: string][] = [
  ['CL.TE', ['Content-Length: 6', 'Transfer-Encoding: chunked'], CL_TE, ''],
  ['CL.TE, in the other order', ['Transfer-Encoding: chunked', 'Content-Length: 6'], CL_TE, ''],
  ['TE.CL', ['Content-Length: 4', 'Transfer-Encoding: chunked'], TE_CL, SMUGGLED],
  ['TE.CL, in the other order', ['Transfer-Encoding: chunked', 'Content-Length: 4'], TE_CL, SMUGGLED],
  ['both framings, which agree', ['Content-Length: 15', 'Transfer-Encoding: chunked'], HELLO_CHUNK, 'hello'],
  ['Content-Length: 0 beside chunks', ['Content-Length: 0', 'Transfer-Encoding: chunked'], TE_CL, SMUGGLED],
  ['CL.TE with a request after the chunks', ['Content-Length: 99', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`, '']
]

export const transferEncoding: readonly Case[] = [
  ...BOTH.map(([name, lines, bytes, body]): Case => ({ name: `${name}: refused, or chunked wins and the connection closes`, promise: 'P5', send: post(lines, bytes), ...refusedOr(chunkedWins(body)) })),
  ...NOT_CHUNKED.map((value): Case => ({ name: `Transfer-Encoding ${JSON.stringify(value)} is refused`, promise: 'P5', send: post([`Transfer-Encoding: ${value}`], HELLO_CHUNK), ...MUST_REFUSE })),
  ...NOT_CHUNKED.slice(0, 8).map((value): Case => ({ name: `Transfer-Encoding ${JSON.stringify(value)} beside a length is refused`, promise: 'P5', send: post([`Transfer-Encoding: ${value}`, 'Content-Length: 5'], 'hello'), ...MUST_REFUSE })),
  ...LINES_NOT_CHUNKED.map((lines): Case => ({ name: `${JSON.stringify(lines)} is refused`, promise: 'P5', send: post(lines, HELLO_CHUNK), ...MUST_REFUSE })),
  ...CHUNKED_AT_BEST.map((value): Case => ({ name: `Transfer-Encoding ${JSON.stringify(value)} is at best one body in chunks`, promise: 'P5', send: post([`Transfer-Encoding: ${value}`], HELLO_CHUNK), ...refusedOr(once('hello')) })),
  ...LINES_CHUNKED_AT_BEST.map((lines): Case => ({ name: `${JSON.stringify(lines)} is at best one body in chunks`, promise: 'P5', send: post(lines, HELLO_CHUNK), ...refusedOr(once('hello')) })),
  ...CHUNKED.map((line): Case => ({ name: `${JSON.stringify(line)} is a body in chunks`, promise: 'P5', send: post([line], HELLO_CHUNK), expect: once('hello') })),
  ...NO_CODING.map((lines): Case => ({
    name: `${JSON.stringify(lines)} beside a length is refused, or no Transfer-Encoding`,
    promise: 'P5',
    send: post([...lines, 'Content-Length: 5'], 'hello'),
    ...refusedOr(once('hello', { lacks: ['transfer-encoding'] }))
  })),
  {
    name: 'an empty Transfer-Encoding beside a length is refused, or none',
    promise: 'P5',
    send: post(['Transfer-Encoding:', 'Content-Length: 5'], 'hello'),
    ...refusedOr(once('hello'))
  },
  {
    name: 'Transfer_Encoding beside a length is no Transfer-Encoding',
    promise: 'P5',
    send: post(['Transfer_Encoding: chunked', 'Content-Length: 5'], 'hello'),
    expect: [once('hello'), REFUSED],
    ours: once('hello', { lacks: ['transfer_encoding', 'transfer-encoding'] })
  },
  {
    name: 'TE is no Transfer-Encoding',
    promise: 'P5',
    send: post(['TE: chunked', 'Content-Length: 5'], 'hello'),
    expect: once('hello', { lacks: ['transfer-encoding'] })
  },
  {
    name: 'Connection cannot name Transfer-Encoding away',
    promise: 'P5',
    send: post(['Connection: transfer-encoding', 'Transfer-Encoding: chunked'], HELLO_CHUNK),
    expect: [once('hello'), REFUSED]
  },
  ...[[], ['Connection: keep-alive'], ['Content-Length: 5']].map((lines): Case => ({
    name: `chunks in HTTP/1.0${lines.map((line) => ` with ${line}`).join('')} are refused, or the connection closes after them`,
    promise: 'P5',
    send: request('POST /x', [...lines, 'Transfer-Encoding: chunked'], `${HELLO_CHUNK}${SMUGGLED}`).replace('HTTP/1.1', 'HTTP/1.0'),
    ...refusedOr({ ...once('hello'), then: 'closed' })
  }))
]

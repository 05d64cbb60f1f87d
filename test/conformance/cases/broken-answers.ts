// Answers that are no plain HTTP/1.1. Read differently by two parsers, they would be two different
// answers; so there is an error (ours: 502), or exactly one framing for the client (RFC 9112, sections 5, 6.3 and 7.1).

import { FIN, MESSAGE, request } from '../case.ts'
import type { Answered, Case, Outcome, Step } from '../case.ts'

const GOT = { line: 'GET /x HTTP/1.1' }
const BAD_GATEWAY: Answered = { status: 502, code: 'upstream-protocol' }
const ANY_ERROR: Answered = { status: [500, 502, 503, 504] }
const REFUSED_ANSWER: Outcome = { reaches: [GOT], answers: [BAD_GATEWAY] }

/** The upstream keeps its connection, unless `steps` end it. @param alsoRight - Ways to read it that leave no doubt. */
function broken (name: string, steps: string | readonly Step[], alsoRight: readonly Answered[] = []): Case {
  return {
    name: `an answer ${name} is an error${alsoRight.length === 0 ? '' : ', or read in the one safe way'}`,
    promise: 'P7',
    send: request('GET /x'),
    upstream: [MESSAGE, ...typeof steps === 'string' ? [steps] : steps],
    expect: [REFUSED_ANSWER, ...[[GOT], [GOT, GOT]].map((reaches) => ({ reaches, answers: [ANY_ERROR] })), ...alsoRight.map((answered): Outcome => ({ reaches: [GOT], answers: [answered] }))]
  }
}

/** Begins well, so that it can only be cut. @param bodies - What of the body may have come. */
function brokenChunks (name: string, chunks: string, bodies: readonly string[] = ['half']): Case {
  return {
    name: `a chunked answer ${name} is cut`,
    promise: 'P7',
    send: request('GET /x'),
    upstream: [MESSAGE, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, { arrived: 'half' }, chunks],
    expect: bodies.map((body) => ({ reaches: [GOT], answers: [{ status: 200, body, cut: true }] }))
  }
}

const head = (line: string, ...headers: readonly string[]): string => [line, ...headers, '', 'ok'].join('\r\n')
const OK = 'HTTP/1.1 200 OK'
const OK_2 = 'Content-Length: 2'
const PLAIN: Answered = { status: 200, body: 'ok' }
const CHUNKS = '2\r\nok\r\n0\r\n\r\n'
const KB_100 = 'h'.repeat(100_000)

export const brokenAnswers: readonly Case[] = [
  broken('that is no HTTP', ['SSH-2.0-OpenSSH_9.2\r\n', FIN]),
  broken('of binary garbage', ['\0\x01\x02\xff\xfe\r\n\r\n', FIN]),
  broken('of HTTP/0.9', ['hello\n', FIN]),
  broken('with three letters for a status', head('HTTP/1.1 abc OK', OK_2)),
  broken('without status', head('HTTP/1.1 ', OK_2)),
  broken('with a status of two digits', head('HTTP/1.1 20 OK', OK_2)),
  broken('with a status of four digits', head('HTTP/1.1 2000 OK', OK_2)),
  broken('with a negative status', head('HTTP/1.1 -200 OK', OK_2)),
  broken('with status 000', head('HTTP/1.1 000 OK', OK_2)),
  { ...broken('of HTTP/2.0 in plain text', head('HTTP/2.0 200 OK', OK_2), [PLAIN]), ours: { reaches: [GOT], answers: [PLAIN] } },
  broken('of HTTP/9.9', head('HTTP/9.9 200 OK', OK_2), [PLAIN]),
  broken('without version', head('HTTP 200 OK', OK_2)),
  broken('of another protocol', head('ICY 200 OK', OK_2)),
  broken('that begins with a blank', head(` ${OK}`, OK_2)),
  broken('with a header line without colon', head(OK, 'X-Broken', OK_2), [PLAIN]),
  broken('with an empty header name', head(OK, ': empty', OK_2), [PLAIN]),
  broken('with a blank in a header name', head(OK, 'X Broken: 1', OK_2), [PLAIN]),
  broken('with a folded header', head(OK, 'X-Fold: a', ' b', OK_2), [1, 2, 3].map((blanks) => ({ ...PLAIN, has: [`X-Fold: a${' '.repeat(blanks)}b`] }))),
  broken('with a folded Content-Length', head(OK, 'Content-Length:', ' 2'), [PLAIN]),
  broken('with NUL in a value', head(OK, 'X-Nul: a\0b', OK_2), [{ ...PLAIN, has: ['X-Nul: a b'] }]),
  broken('with a bare CR in a value', head(OK, 'X-Cr: a\rX-Split: 1', OK_2), [{ ...PLAIN, has: ['X-Cr: a X-Split: 1'] }]),
  broken('with a header of 100 kB', head(OK, `X-Large: ${KB_100}`, OK_2), [{ ...PLAIN, has: [`X-Large: ${KB_100}`] }]),
  broken('with 100 kB of small headers', head(OK, ...Array.from({ length: 10_000 }, (_, i) => `X-${i}: 1`), OK_2), [PLAIN]),
  { ...broken('whose head never ends', [`${OK}\r\nX-Endless: `, ...Array.from({ length: 30 }, () => KB_100)]), patience: 5000 },

  broken('with two different lengths', head(OK, 'Content-Length: 2', 'Content-Length: 3')),
  broken('with two different lengths in a list', head(OK, 'Content-Length: 2, 3')),
  broken('with the same length in a list', head(OK, 'Content-Length: 2, 2'), [PLAIN]), // section 6.3, rule 5 allows both
  broken('with the same length twice', head(OK, OK_2, OK_2), [PLAIN]),
  broken('with a negative length', head(OK, 'Content-Length: -2')),
  broken('with a length of +2', head(OK, 'Content-Length: +2')),
  broken('with a length of 0x2', head(OK, 'Content-Length: 0x2')),
  broken('with a length of "2 2"', head(OK, 'Content-Length: 2 2')),
  broken('with an empty length', head(OK, 'Content-Length: ')),
  broken('with a length past 64 bits', head(OK, 'Content-Length: 18446744073709551618')),
  broken('with a length that is a word', head(OK, 'Content-Length: two')),
  broken('with Content-Length and chunks', `${OK}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, [{ ...PLAIN, lacks: ['content-length'] }]), // rule 3
  broken('with chunks and Content-Length', `${OK}\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n2\r\nok\r\n0\r\n\r\n`, [{ ...PLAIN, lacks: ['content-length'] }]),
  ...['gzip', 'identity', 'gzip, chunked', 'chunked, chunked', 'xchunked', 'chunked;q=1', 'chunked, gzip'].map((coding) =>
    broken(`with Transfer-Encoding: ${coding}`, [`${OK}\r\nTransfer-Encoding: ${coding}\r\n\r\n${CHUNKS}`, FIN], coding === 'identity' ? [{ status: 200, body: CHUNKS }] : [])),

  brokenChunks('with a chunk size that is no number', 'zz\r\nok\r\n0\r\n\r\n'),
  brokenChunks('with a negative chunk size', '-2\r\nok\r\n0\r\n\r\n'),
  brokenChunks('with a chunk size of 0x2', '0x2\r\nok\r\n0\r\n\r\n'),
  brokenChunks('with an empty chunk size', '\r\nok\r\n0\r\n\r\n'),
  brokenChunks('with a chunk size past 64 bits', '10000000000000002\r\nok\r\n0\r\n\r\n'),
  brokenChunks('without line end after a chunk', '2\r\nok0\r\n\r\n', ['halfok', 'half']),
  brokenChunks('with a chunk that is longer than its size', '2\r\nokay\r\n0\r\n\r\n', ['halfok', 'half']),
  brokenChunks('with text for the last chunk', 'HTTP/1.1 200 OK\r\n\r\n')
]

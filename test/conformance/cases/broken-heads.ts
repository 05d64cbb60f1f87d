// Line ends, folds, NULs and blanks in a head, which some parsers overlook (RFC 9112, sections 2.2, 3 and 5):
// a header that one sees and another does not can be a length.

import { REFUSED } from '../case.ts'
import type { Case } from '../case.ts'
import { AMBIGUOUS, LEAVE, LINE, MUST_REFUSE, once, refusedOr, SMUGGLED } from './outcomes.ts'

const HOST = 'Host: localhost\r\n'

/** A whole head after which nothing more comes. */
function head (lines: string, before = ''): string {
  return `${before}${LINE}\r\n${lines}\r\n`
}

/** What may be read in one way only, if it is read at all; `absent` is what nobody may see in it. */
const ONE_AT_BEST: readonly [name: string, bytes: string, absent?: string][] = [
  ['a folded value', head(`${HOST}X-A: b\r\n  c\r\n`)],
  ['a value folded by a tab', head(`${HOST}X-A: b\r\n\tContent-Length: 5\r\n`), 'content-length'],
  ['a fold of blanks only', head(`${HOST}X-A: b\r\n \r\n`)],
  ['bare LF line ends', `${LINE}\nHost: localhost\n\n`],
  ['a bare LF after the request line', `${LINE}\n${HOST}\r\n`],
  ['a bare LF after a header', head('Host: localhost\nX-A: b\r\n')],
  ['a bare LF at the end of the head', `${LINE}\r\n${HOST}\n`],
  ['a bare CR in a value', head(`${HOST}X-A: b\rContent-Length: 5\r\n`), 'content-length'],
  ['bare CR CR LF', head(`${HOST}X-A: b\r\r\n`)],
  ['CR LF CR X, which some take for the end of the head (CVE-2025-23167)', head(`${HOST}X-A: b\r\n\rX-B: c\r\n`), 'x-b'],
  ['a NUL in a value', head(`${HOST}X-A: b\0c\r\n`)],
  ['a NUL in a name', head(`${HOST}Content\0-Length: 5\r\n`), 'content-length'],
  ['a NUL before a name', head(`${HOST}\0Content-Length: 5\r\n`), 'content-length'],
  ['a control character in a value', head(`${HOST}X-A: b\x01c\r\n`)],
  ['a DEL in a value', head(`${HOST}X-A: b\x7fc\r\n`)],
  ['an empty header name', head(`${HOST}: b\r\n`)],
  ['a line without a colon', head(`${HOST}Content-Length\r\n`), 'content-length'],
  ['a blank in a name', head(`${HOST}X Content-Length: 5\r\n`), 'content-length'],
  ['a name that is no token', head(`${HOST}X(A): b\r\n`)],
  ['a name beyond ASCII', head(`${HOST}X-\xe4: b\r\n`)],
  ['a vertical tab before a name', head(`${HOST}\x0bContent-Length: 5\r\n`), 'content-length'],
  ['a blank line of blanks after the request line', head(` \r\n${HOST}`)],
  ['a blank before the first header', head(` Content-Length: 5\r\n${HOST}`), 'content-length'],
  ['a tab before the first header', head(`\tContent-Length: 5\r\n${HOST}`), 'content-length'],
  ['a version with a sign', `POST /x HTTP/+1.1\r\n${HOST}\r\n`],
  ['a version with more digits', `POST /x HTTP/1.10\r\n${HOST}\r\n`],
  ['CR at the end of the request line', `${LINE}\r\r\n${HOST}\r\n`]
]

const NO_REQUESTS: readonly [name: string, bytes: string][] = [
  ['a blank before the colon of Host', head('Host : localhost\r\n')],
  ['an empty line before the headers', `${LINE}\r\n\r\n${HOST}\r\n`],
  ['a blank before the method', head(HOST, ' ')],
  ['a NUL before the method', head(HOST, '\0')],
  ['a byte order mark', head(HOST, '\xef\xbb\xbf')],
  ['garbage in the line before', head(HOST, 'garbage\r\n')],
  ['a header in the line before', head(HOST, 'Host: localhost\r\n')],
  ['bare CR line ends', `${LINE}\rHost: localhost\r\r`],
  ['bytes of TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
  ['an answer', `HTTP/1.1 200 OK\r\n${HOST}\r\n`],
  ['a version in lower case', `POST /x http/1.1\r\n${HOST}\r\n`],
  ['a version with a comma', `POST /x HTTP/1,1\r\n${HOST}\r\n`],
  ['another protocol', `POST /x ICE/1.1\r\n${HOST}\r\n`],
  ['a third word', `POST /x /y HTTP/1.1\r\n${HOST}\r\n`],
  ['words after the version', `POST /x HTTP/1.1 Content-Length: 5\r\n${HOST}\r\n`]
]

export const brokenHeads: readonly Case[] = [
  ...ONE_AT_BEST.map(([name, bytes, absent]): Case => ({
    name: `a head with ${name} is refused, or one plain request`,
    promise: 'P5',
    send: bytes,
    ...refusedOr(once('', absent === undefined ? {} : { lacks: [absent] }))
  })),
  ...NO_REQUESTS.map(([name, bytes]): Case => ({ name: `${name} is refused`, promise: 'P5', send: [bytes, ...LEAVE], ...MUST_REFUSE })),
  {
    name: 'an empty line before the request line is overlooked',
    promise: 'P5',
    send: head(HOST, '\r\n'),
    expect: [once(''), REFUSED] // a SHOULD of section 2.2
  },
  {
    name: 'ten empty lines before the request line are overlooked or refused',
    promise: 'P5',
    send: head(HOST, '\r\n'.repeat(10)),
    expect: [once(''), REFUSED]
  },
  {
    name: 'nothing is read after a head that was refused',
    promise: 'P5',
    send: head(`${HOST}Content-Length: x\r\n`) + SMUGGLED,
    expect: REFUSED,
    ours: AMBIGUOUS
  },
  {
    name: 'a body that looks like a request is a body',
    promise: 'P5',
    send: head(`${HOST}Content-Length: ${SMUGGLED.length}\r\n`) + SMUGGLED,
    expect: once(SMUGGLED)
  }
]

// Request lines: the other forms of a target, versions, methods, blanks (RFC 9112, section 3; RFC 9110, 2.5).

import { answer, FIN, forwarded, MESSAGE, refused, REFUSED } from '../case.ts'
import type { Case, Outcome } from '../case.ts'

type Answered = Pick<Case, 'expect' | 'ours'>

const head = (line: string): string => `${line}\r\nHost: localhost\r\n\r\n`
const GET_X = forwarded({ line: 'GET /x HTTP/1.1' })
const AMBIGUOUS: Answered = refused(400, 'request-ambiguous')
const NOT_ALLOWED: Answered = refused(405, 'method-not-allowed')

const BROKEN: readonly (readonly [says: string, line: string])[] = [
  ['no target', 'GET HTTP/1.1'],
  ['an empty target', 'GET  HTTP/1.1'],
  ['no version (HTTP/0.9)', 'GET /x'],
  ['nothing but a method', 'GET'],
  ['a blank before the method', ' GET /x HTTP/1.1'],
  ['an answer instead of a request', 'HTTP/1.1 200 OK'],
  ['HTTP/11.1', 'GET /x HTTP/11.1'],
  ['HTTP/01.1', 'GET /x HTTP/01.1'],
  ['HTTP/1.', 'GET /x HTTP/1.'],
  ['HTTP/1', 'GET /x HTTP/1'],
  ['HTTP/1.1 with a letter', 'GET /x HTTP/1.1x'],
  ['http/1.1 in lower case', 'GET /x http/1.1'],
  ['another protocol', 'GET /x ICY/1.1'],
  ['a blank inside the version', 'GET /x HTTP/ 1.1'],
  ['a target without a slash', 'GET x HTTP/1.1'],
  ['a target that is only a query', 'GET ?x HTTP/1.1'],
  ['a target that is only a fragment', 'GET #x HTTP/1.1'],
  ['an asterisk for GET', 'GET * HTTP/1.1'],
  ['an authority for GET', 'GET localhost:80 HTTP/1.1'],
  ['an absolute form without a host', 'GET http:///x HTTP/1.1'],
  ['an absolute form with user information', 'GET http://localhost@evil.example/x HTTP/1.1'],
  ['an absolute form of another scheme', 'GET file:///etc/passwd HTTP/1.1'],
  ['an absolute form with a broken port', 'GET http://localhost:99999x/x HTTP/1.1']
]

/** RFC 9112, section 3, lets a recipient be lenient here; RFC 9110, section 2.5, with versions. */
const LENIENT: readonly (readonly [says: string, line: string, ours?: Outcome])[] = [
  ['two blanks before the target', 'GET  /x HTTP/1.1', GET_X], // so is Node's parser
  ['two blanks after the target', 'GET /x  HTTP/1.1', GET_X],
  ['tabs for blanks', 'GET\t/x\tHTTP/1.1'],
  ['a blank at the end', 'GET /x HTTP/1.1 '],
  ['HTTP/0.9 with headers', 'GET /x HTTP/0.9'],
  ['HTTP/2.0', 'GET /x HTTP/2.0'],
  ['HTTP/3.0', 'GET /x HTTP/3.0'],
  ['HTTP/1.2', 'GET /x HTTP/1.2'],
  ['HTTP/1.9', 'GET /x HTTP/1.9']
]

/** RFC 9112, section 3.2.2: servers take it too, but an origin server gets the path alone (3.2.1); the origin itself comes from the config. */
const ABSOLUTE: readonly (readonly [line: string, left: string])[] = [
  ['GET http://localhost/x HTTP/1.1', '/x'], ['GET HTTP://LOCALHOST/x?a=1 HTTP/1.1', '/x?a=1'],
  ['GET http://localhost HTTP/1.1', '/'], ['GET http://localhost?a=1 HTTP/1.1', '/?a=1'], ['GET http://localhost//x HTTP/1.1', '//x']
]

/** They would echo the key, or are one of the seven in disguise, or no methods at all. */
const BAD_METHODS: readonly (readonly [method: string, answered: Answered])[] = [
  ['TRACE', NOT_ALLOWED], ['TRACK', AMBIGUOUS], ['get', AMBIGUOUS], ['Get', AMBIGUOUS], ['G(T', AMBIGUOUS], ['G\0ET', AMBIGUOUS]
]

/** A proxy may forward any method as it is; we forward seven, because nobody knows what another one does with the key. */
const OTHER_METHODS: readonly (readonly [method: string, answered: Answered])[] = [
  ['PROPFIND', NOT_ALLOWED], ['PURGE', NOT_ALLOWED], ['LINK', NOT_ALLOWED], ['FOO', AMBIGUOUS], ['GETS', AMBIGUOUS]
]

const ASTERISK: readonly Outcome[] = [REFUSED, { reaches: [], answers: [{ status: [200, 204] }] }, forwarded({ line: 'OPTIONS * HTTP/1.1' })]

export const requestLines: readonly Case[] = [
  ...BROKEN.map(([says, line]) => ({ name: `a request line is refused: ${says}`, promise: 'P5', send: head(line), ...AMBIGUOUS })),
  ...LENIENT.map(([says, line, ours]) => ({ name: `a request line is refused, or mended: ${says}`, promise: 'P5', send: head(line), ...AMBIGUOUS, expect: [REFUSED, GET_X], ...ours === undefined ? {} : { ours } })),
  ...ABSOLUTE.map(([line, left]) => ({
    name: `an absolute form is refused, or its path goes up: ${line}`, promise: 'P5', send: head(line), ...AMBIGUOUS, expect: [REFUSED, forwarded({ line: `GET ${left} HTTP/1.1` })]
  })),
  { name: 'OPTIONS * is refused, answered or forwarded', promise: 'P5', send: head('OPTIONS * HTTP/1.1'), ...AMBIGUOUS, expect: ASTERISK },
  { name: 'CONNECT makes no tunnel', promise: 'P1', send: 'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', ...NOT_ALLOWED },
  { name: 'CONNECT with a path makes no tunnel', promise: 'P1', send: head('CONNECT /x HTTP/1.1'), ...NOT_ALLOWED },
  ...OTHER_METHODS.map(([method, answered]) => ({
    name: `a method is refused, or goes up unchanged: ${method}`, promise: 'P5', send: head(`${method} /x HTTP/1.1`), ...answered, expect: [REFUSED, forwarded({ line: `${method} /x HTTP/1.1` })]
  })),
  ...BAD_METHODS.map(([method, answered]) => ({ name: `a method is refused: ${JSON.stringify(method).slice(1, -1)}`, promise: 'P5', send: head(`${method} /x HTTP/1.1`), ...answered })),
  {
    name: 'HTTP/1.0 with a Host is served',
    promise: 'P5',
    send: head('GET /x HTTP/1.0'),
    upstream: [MESSAGE, answer('200 OK', 'ok'), FIN],
    expect: [{ ...GET_X, then: 'closed' }, { ...forwarded({ line: 'GET /x HTTP/1.0' }), then: 'closed' }]
  }
]

// Which Host headers the proxy answers to: a web page that rebinds its own name to 127.0.0.1 sends that name
// (CVE-2024-28224, CVE-2025-66414). Every target is set to take localhost, 127.0.0.1 and [::1] with any port.

import { forwarded, REFUSED, refused } from '../case.ts'
import type { Case, Outcome } from '../case.ts'

const FORWARDED = forwarded({ line: 'GET /x HTTP/1.1' })
/** A proxy may keep the version of its client. */
const FORWARDED_1_0 = forwarded({ line: 'GET /x HTTP/1.0' })

function get (headers: readonly string[], line = 'GET /x HTTP/1.1'): string {
  return [line, ...headers, '', ''].join('\r\n')
}

const FOREIGN = [
  'evil.example', 'evil.example:5764', '0.0.0.0', '0.0.0.0:5764', '[::]', '127.0.0.2', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '10.0.0.1',
  'localhost.evil.example', 'evil.localhost', 'xlocalhost', 'localhostx', '127.0.0.1.evil.example', 'api.smith.langchain.com', '169.254.169.254', '[::ffff:10.0.0.1]'
]

/** Not this proxy's names letter for letter, but nobody else's either. */
const OWN_AT_BEST = ['localhost.', '[::ffff:127.0.0.1]', '[0:0:0:0:0:0:0:1]']

const MALFORMED = [
  '', 'localhost, evil.example', 'evil.example, localhost', 'localhost evil.example', 'evil.example localhost', 'localhost@evil.example', 'evil.example@localhost', 'evil.example#localhost',
  'evil.example/localhost', 'evil.example\\localhost', 'evil.example?localhost', 'http://localhost', '::1', '[::1', '[localhost', 'localhost]', '[::1%25lo]', 'localhost:x', 'localhost:80:80', 'localhost:-1', 'localhost:80@evil.example',
  '%6cocalhost', 'l\xf6calhost', 'local\0host', '*', ':80', 'http://['
]

/** Many parsers take them for localhost. */
const MALFORMED_AT_BEST = ['localhost:', 'localhost/x', 'localhost?x', 'user@localhost']

const OWN = ['localhost', 'LOCALHOST', 'LocalHost:5764', '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:65535', 'localhost:0', 'localhost:00080']

/** One name for the checks, another for the upstream: refused, but by the RFC the first may be read. */
const TWO_HOSTS: readonly (readonly string[])[] = [
  ['Host: localhost', 'Host: evil.example'], ['Host: evil.example', 'Host: localhost'], ['Host: localhost', 'host: localhost'], ['Host: localhost', 'X-A: b', 'HOST: evil.example'],
  ['Host:', 'Host: localhost'], ['Host : localhost', 'Host: localhost'], ['Host: localhost', ' .evil.example']
]

const CLAIMS = ['X-Forwarded-Host: localhost', 'Forwarded: host=localhost', 'X-Host: localhost', 'X-Original-Host: localhost', 'X-Forwarded-Server: localhost', 'Host_: localhost']

export const hostHeader: readonly Case[] = [
  ...OWN.map((host): Case => ({ name: `Host ${host} is answered`, promise: 'P4', send: get([`Host: ${host}`]), expect: FORWARDED })),
  ...FOREIGN.map((host): Case => ({ name: `Host ${host} is refused`, promise: 'P4', send: get([`Host: ${host}`]), ...refused(421, 'host-not-allowed') })),
  ...OWN_AT_BEST.map((host): Case => ({ name: `Host ${host} is refused, or the proxy's own`, promise: 'P4', send: get([`Host: ${host}`]), ...refusedOr(421, 'host-not-allowed', FORWARDED) })),
  ...MALFORMED.map((host): Case => ({ name: `the malformed Host ${JSON.stringify(host)} is refused`, promise: 'P4', send: get([`Host: ${host}`]), ...refused(400, 'request-ambiguous') })),
  ...MALFORMED_AT_BEST.map((host): Case => ({ name: `the odd Host ${JSON.stringify(host)} is refused, or the proxy's own`, promise: 'P4', send: get([`Host: ${host}`]), ...refusedOr(400, 'request-ambiguous', FORWARDED) })),
  { name: 'Host localhost:99999 is the proxy\'s own, or refused', promise: 'P4', send: get(['Host: localhost:99999']), expect: [FORWARDED, REFUSED] },
  ...TWO_HOSTS.map((lines): Case => ({ name: `one name is needed: ${JSON.stringify(lines)} is refused`, promise: 'P4', send: get(lines), ...refused(400, 'request-ambiguous') })),
  { name: 'no Host is refused', promise: 'P4', send: get([]), ...refused(400, 'request-ambiguous') },
  { name: 'no Host in HTTP/1.0 is refused, or the proxy\'s own', promise: 'P4', send: get([], 'GET /x HTTP/1.0'), ...refusedOr(400, 'request-ambiguous', FORWARDED, FORWARDED_1_0) },
  { name: 'a foreign Host in HTTP/1.0 is refused', promise: 'P4', send: get(['Host: evil.example'], 'GET /x HTTP/1.0'), ...refused(421, 'host-not-allowed') },
  { name: 'HTTP/1.0 with a Host is answered', promise: 'P4', send: get(['Host: localhost'], 'GET /x HTTP/1.0'), expect: [FORWARDED, FORWARDED_1_0] },
  ...CLAIMS.map((claim): Case => ({ name: `${claim} does not make a foreign Host the proxy's own`, promise: 'P4', send: get(['Host: evil.example', claim]), ...refused(421, 'host-not-allowed') })),
  { name: 'a target with a foreign authority is refused, whatever its Host', promise: 'P4', send: get(['Host: localhost'], 'GET http://evil.example/x HTTP/1.1'), ...refused(400, 'request-ambiguous') },
  {
    name: 'a target with the own authority and a foreign Host is refused, or its authority counts (RFC 9112, 3.2.2)',
    promise: 'P4',
    send: get(['Host: evil.example'], 'GET http://localhost/x HTTP/1.1'),
    ...refusedOr(400, 'request-ambiguous', FORWARDED)
  },
  { name: 'a foreign Host gets no health page either', promise: 'P4', send: get(['Host: evil.example'], 'GET /-/live HTTP/1.1'), ...refused(421, 'host-not-allowed') }
]

function refusedOr (status: number, code: string, ...others: readonly Outcome[]): Pick<Case, 'expect' | 'ours'> {
  return { ...refused(status, code), expect: [REFUSED, ...others] }
}

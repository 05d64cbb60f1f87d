// What can go wrong at the upstream's end, and what everybody must see of it. Data only: upstream.test.ts runs it.

import type { CertificateOptions } from '../support/certificates.ts'
import { rawAnswer } from '../support/raw-upstream.ts'
import type { RawListener } from '../support/raw-upstream.ts'

type Socket = Parameters<RawListener>[0]

export interface Seen {
  /** `status code` of an own answer; `status upstream` of a forwarded one, with `, cut` where its body broke off. */
  readonly answer: string
  /** How often the upstream gets each request. */
  readonly tries: number
}

export interface Fault {
  /** Continues "an upstream that …". */
  readonly name: string
  /** At each request; without it, what the certificate or the closed port does is enough. */
  readonly act?: RawListener
  /** It does not listen. */
  readonly down?: true
  /** It serves https with such a certificate, from the route's authority or a strange one. */
  readonly certificate?: CertificateOptions & { readonly strange?: true }
  readonly get: Seen
  readonly post: Seen
  /** Fields of the line in the log; undefined where nothing went wrong. */
  readonly line: Readonly<Record<string, unknown>> | undefined
  /** Requests of the run; 300 by default, fewer where each takes long. */
  readonly requests?: number
}

/** How the end of a connection shows depends on what undici was doing at that moment. */
const RESET = /UPSTREAM_RESET|UND_ERR_SOCKET/
const BROKEN = '502 upstream-protocol'
const broken = (reason: RegExp): Fault['line'] => ({ event: 'upstream.failed', level: 'error', code: 'upstream-protocol', reason })
/** A dead connection before the head: a GET is sent once more. */
const beforeHead = (reason: RegExp): Pick<Fault, 'get' | 'post' | 'line'> => ({ get: { answer: BROKEN, tries: 2 }, post: { answer: BROKEN, tries: 1 }, line: broken(reason) })
const both = (answer: string, tries: number, line: Fault['line']): Pick<Fault, 'get' | 'post' | 'line'> => ({ get: { answer, tries }, post: { answer, tries }, line })
const cut = (reason: RegExp, bytes: number): Pick<Fault, 'get' | 'post' | 'line'> =>
  both('200 upstream, cut', 1, { event: 'request.aborted', level: 'warn', by: 'upstream', status: 200, reason, bytes_out: bytes })
const tls = (reason: string): Pick<Fault, 'get' | 'post' | 'line'> => both('502 upstream-tls', 0, { event: 'upstream.failed', level: 'error', code: 'upstream-tls', reason })

/** Long enough for the bytes before it to arrive on their own. */
const APART_MS = 20

/** Writes a beginning, and resets when it is on its way. */
function beginThenReset (socket: Socket, beginning: string): void {
  socket.write(beginning)
  setTimeout(() => { socket.resetAndDestroy() }, APART_MS)
}

/** One byte each 20 ms. */
function drip (socket: Socket, first: string, text: string): void {
  socket.write(first)
  let at = 0
  const timer = setInterval(() => {
    if (at < text.length) socket.write(text.charAt(at++))
    else clearInterval(timer)
  }, APART_MS)
  socket.once('close', () => { clearInterval(timer) })
}

function endlessHead (socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n')
  const timer = setInterval(() => { socket.write(`X-More: ${'a'.repeat(4000)}\r\n`) }, 1)
  socket.once('close', () => { clearInterval(timer) })
}

export const UPSTREAM_FAULTS: readonly Fault[] = [
  { name: 'refuses connections', down: true, ...both('502 upstream-unreachable', 0, { event: 'upstream.failed', level: 'error', code: 'upstream-unreachable', reason: 'ECONNREFUSED' }) },
  { name: 'resets before the head', act: (socket) => { socket.resetAndDestroy() }, ...beforeHead(RESET) },
  { name: 'closes before the head', act: (socket) => { socket.destroy() }, ...beforeHead(RESET) },
  { name: 'resets in the head', act: (socket) => { beginThenReset(socket, 'HTTP/1.1 200 OK\r\nContent-Le') }, ...beforeHead(/UPSTREAM_RESET|UND_ERR_SOCKET|HPE_/) },
  { name: 'resets after the head', act: (socket) => { beginThenReset(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n') }, ...cut(RESET, 0) },
  { name: 'resets in the middle of a counted body', act: (socket) => { beginThenReset(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello') }, ...cut(RESET, 5) },
  { name: 'resets in the middle of chunks', act: (socket) => { beginThenReset(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n') }, ...cut(RESET, 5) },
  { name: 'closes in the middle of chunks', act: (socket) => { socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n') }, ...cut(/UND_ERR_SOCKET|HPE_/, 5) },
  { name: 'announces more than it sends', act: (socket) => { socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello') }, ...cut(/UND_ERR_SOCKET|MISMATCH|HPE_/, 5) },
  { name: 'sends more than it announces', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil') }, ...both('200 upstream', 1, undefined) },
  { name: 'sends garbage', act: (socket) => { socket.write('\x00\x01\x02 no http\r\n\r\n') }, ...both(BROKEN, 1, broken(/HTTPParserError|HPE_/)) },
  { name: 'sends a head without end', act: endlessHead, ...both(BROKEN, 1, broken(/OVERFLOW/)), requests: 60 },
  { name: 'sends the head one byte at a time', act: (socket) => { drip(socket, '', rawAnswer('200 OK', 'ok')) }, ...both('200 upstream', 1, undefined), requests: 60 },
  { name: 'sends the body one byte at a time', act: (socket) => { drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n', 'x'.repeat(20)) }, ...both('200 upstream', 1, undefined), requests: 60 },
  { name: 'says nothing', act: () => {}, ...both('504 upstream-timeout', 1, { event: 'upstream.failed', level: 'error', code: 'upstream-timeout', reason: 'UND_ERR_HEADERS_TIMEOUT' }), requests: 30 },
  { name: 'stops in the middle of a body', act: (socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello') }, ...cut(/UND_ERR_BODY_TIMEOUT/, 5), requests: 30 },
  { name: 'answers 503 with Retry-After', act: (socket) => { socket.write(rawAnswer('503 Service Unavailable', 'later', ['Retry-After: 900'])) }, ...both('503 upstream', 1, undefined) },
  { name: 'presents a certificate of nobody known', certificate: { strange: true }, ...tls('UNABLE_TO_VERIFY_LEAF_SIGNATURE') },
  { name: 'presents an expired certificate', certificate: { from: -9, to: -2 }, ...tls('CERT_HAS_EXPIRED') },
  { name: 'presents a certificate that is not valid yet', certificate: { from: 2, to: 9 }, ...tls('CERT_NOT_YET_VALID') },
  { name: 'presents a certificate for another name', certificate: { names: ['api.smith.langchain.com'] }, ...tls('ERR_TLS_CERT_ALTNAME_INVALID') }
]

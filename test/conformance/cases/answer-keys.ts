// An upstream that quotes the request, as debug pages and careless errors do, would hand the key to the
// caller. It is masked at the same length, so that Content-Length stays true (SECURITY.md, P2).

import { answer, FIN, KEYS, MESSAGE, request } from '../case.ts'
import type { Answered, Case, Step } from '../case.ts'

const { main: KEY } = KEYS
const MASKED = `lsv2_sk_${'*'.repeat(KEY.length - 8)}`
const HALF = Math.floor(KEY.length / 2)
const FIRST = KEY.slice(0, HALF)
const REST = KEY.slice(HALF)

// That no key comes back is judged in every case; others may hide it in any way, or refuse such an answer.
function echo (where: string, upstream: readonly Step[], ours: Partial<Answered> = {}): Case {
  const reaches = [{ line: 'GET /x HTTP/1.1' }]
  const status = ours.status ?? 200
  return {
    name: `a key that is echoed in ${where} is masked`,
    promise: 'P2',
    send: request('GET /x'),
    upstream: [MESSAGE, ...upstream],
    expect: [{ reaches, answers: [{ status, ...(ours.cut === true ? { cut: true as const } : {}) }] }, { reaches, answers: [{ status: 502 }] }],
    ours: { reaches, answers: [{ status, ...ours }] }
  }
}

function header (where: string, line: (key: string) => string, status = '200 OK'): Case {
  return echo(where, [answer(status, 'ok', ['Connection: close', line(KEY)])], { status: Number(status.slice(0, 3)), body: 'ok', has: [line(MASKED)] })
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
const END = '0\r\n\r\n'
const PART = { pause: 30 }

export const answerKeys: readonly Case[] = [
  header('a header', (key) => `X-Echo: key=${key}!`),
  header('a header, twice', (key) => `X-Echo: ${key},${key}`),
  header('Location', (key) => `Location: /y?k=${key}`, '302 Found'),
  header('Set-Cookie', (key) => `Set-Cookie: k=${key}; Path=/`),
  header('WWW-Authenticate', (key) => `WWW-Authenticate: Bearer error="${key}"`, '401 Unauthorized'),
  echo('the reason phrase', [answer(`200 ${KEY}`, 'ok')]),
  echo('the name of a header', [answer('200 OK', 'ok', ['Connection: close', `${KEY}: 1`])]),
  echo('a trailer', [`${CHUNKED}${chunk('ok')}0\r\nX-Echo: ${KEY}\r\n\r\n`]),
  echo('a chunk extension', [`${CHUNKED}2;k=${KEY}\r\nok\r\n0\r\n\r\n`]),
  echo('a 103', [`HTTP/1.1 103 Early Hints\r\nLink: </${KEY}>\r\n\r\n`, answer('200 OK', 'ok')]),
  echo('a body', [answer('200 OK', `before ${KEY} and ${KEY} after`)], { body: `before ${MASKED} and ${MASKED} after` }),
  echo('the body of a 401', [answer('401 Unauthorized', `{"detail":"${KEY}"}`)], { status: 401, body: `{"detail":"${MASKED}"}` }),
  echo('the body of a 500', [answer('500 Oops', KEY)], { status: 500, body: MASKED }),
  echo('a chunked body', [CHUNKED + chunk(`a ${KEY} b`) + END], { body: `a ${MASKED} b` }),
  echo('two pieces of a body', [answer('200 OK', `a ${KEY} b`).slice(0, -REST.length - 2), PART, `${REST} b`], { body: `a ${MASKED} b` }),
  echo('two chunks', [CHUNKED + chunk(`a ${FIRST}`), PART, chunk(`${REST} b`) + END], { body: `a ${MASKED} b` }),
  echo('chunks of one byte', [CHUNKED + KEY.split('').map(chunk).join('') + END], { body: MASKED }),
  echo('a body that ends with the connection', [`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na ${KEY}`, FIN], { body: `a ${MASKED}` }),
  echo('a stream of events', [`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: ${FIRST}`, PART, `${REST}\n\n`, FIN], { body: `data: ${MASKED}\n\n` }),
  echo('an answer that breaks off inside it', [answer('200 OK', `a ${KEY}`).slice(0, -REST.length), { arrived: 'a lsv2' }, FIN], { body: 'a lsv2_sk_', cut: true }),
  echo('the body of a redirect', [answer('302 Found', KEY, ['Connection: close', 'Location: /y'])], { status: 302, body: MASKED })
]

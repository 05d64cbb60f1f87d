// Uploads over time: passed on as they come, with Expect: 100-continue, and broken off by their client.

import { answer, FIN, forwarded, MESSAGE, REFUSED, request, RESET } from '../case.ts'
import type { Case, Step } from '../case.ts'
import { valuesOf } from '../message.ts'
import type { Message } from '../message.ts'
import { BROKEN_OFF, HELLO_CHUNK, once, post } from './outcomes.ts'
import { slowly } from './slowly.ts'

/** An upstream for proxies that leave Expect to it. */
function goAhead (_nth: number, head: Message): readonly Step[] {
  return [...valuesOf(head, 'expect').length > 0 ? ['HTTP/1.1 100 Continue\r\n\r\n'] : [], MESSAGE, answer('200 OK', 'ok')]
}

const BEGINNINGS: readonly [name: string, head: string, bytes: string][] = [
  ['counted', post(['Content-Length: 10'], ''), 'half!'],
  ['chunked', post(['Transfer-Encoding: chunked'], ''), '5\r\nhalf!\r\n'],
  ['chunked in mid-chunk', post(['Transfer-Encoding: chunked'], ''), 'a\r\nhalf!']
]

const LEAVINGS: readonly [name: string, step: Step][] = [['ends its side', FIN], ['resets', RESET]]

const EXPECTING = ['Expect: 100-continue', 'Content-Length: 5']

export const uploads: readonly Case[] = [
  ...[['counted', 'Content-Length: 11', 'first', ' later'] as const, ['chunked', 'Transfer-Encoding: chunked', '5\r\nfirst\r\n', '6\r\n later\r\n0\r\n\r\n'] as const].map(([name, framing, first, later]): Case => ({
    name: `the beginning of a ${name} body is passed on before the rest has come`,
    promise: 'P8',
    send: [post([framing], first), { arrived: 'first' }, later],
    expect: once('first later')
  })),
  { name: 'a body byte by byte is one body', promise: 'P5', send: [post(['Content-Length: 30'], ''), ...slowly('a body that comes byte by byte', 1, 1)], expect: once('a body that comes byte by byte') },
  { name: 'a body behind its head is no request', promise: 'P5', send: [post(['Content-Length: 5'], ''), { pause: 30 }, 'hello'], expect: once('hello') },
  {
    name: 'Expect: 100-continue gets its go-ahead before the body is sent',
    promise: 'P5',
    send: [post(EXPECTING, ''), { received: 'HTTP/1.1 100 ' }, 'hello'],
    upstream: goAhead,
    expect: once('hello'),
    ours: once('hello', { lacks: ['expect'] })
  },
  { name: 'Expect: 100-continue whose client does not wait is a plain upload', promise: 'P5', send: post(EXPECTING, 'hello'), upstream: goAhead, expect: once('hello') },
  { name: 'Expect: 100-Continue in other letters and chunks is the same', promise: 'P5', send: [post(['EXPECT: 100-CONTINUE', 'Transfer-Encoding: chunked'], ''), { received: 'HTTP/1.1 100 ' }, HELLO_CHUNK], upstream: goAhead, expect: once('hello') },
  { name: 'Expect: 100-continue without a body is overlooked', promise: 'P5', send: request('GET /x', ['Expect: 100-continue']), upstream: goAhead, expect: forwarded({ line: 'GET /x HTTP/1.1' }) },
  ...['200-ok', '', '100-continue, x'].map((value): Case => ({
    name: `Expect: ${JSON.stringify(value)} is overlooked, or refused with 417`,
    promise: 'P5',
    send: post([`Expect: ${value}`, 'Content-Length: 5'], 'hello'),
    upstream: goAhead,
    expect: [once('hello'), { reaches: [], answers: [{ status: [400, 417] }] }],
    ours: once('hello', { lacks: ['expect'] })
  })),
  ...BEGINNINGS.flatMap(([name, head, bytes]) => LEAVINGS.map(([how, step]): Case => ({
    name: `an upload (${name}) whose client ${how} in the middle does not look whole`,
    promise: 'P7',
    send: [head + bytes, { pause: 40 }, step],
    expect: [BROKEN_OFF, REFUSED],
    ours: [BROKEN_OFF, REFUSED] // the moment decides
  }))),
  {
    name: 'an upload whose client leaves right after the head does not look whole',
    promise: 'P7',
    send: [post(['Content-Length: 10'], ''), { pause: 20 }, FIN],
    expect: [BROKEN_OFF, REFUSED],
    ours: [{ reaches: [], answers: 'a refusal' }, BROKEN_OFF]
  },
  {
    name: 'an upload after another on the same connection is whole',
    promise: 'P5',
    send: [post(['Content-Length: 5'], 'hello'), MESSAGE, post(['Transfer-Encoding: chunked'], HELLO_CHUNK)],
    expect: forwarded([{ line: 'POST /x HTTP/1.1', body: 'hello' }, { line: 'POST /x HTTP/1.1', body: 'hello' }])
  }
]

// What follows a fault, a close or an answer on a connection is served only where everybody can say that it
// is a request; no part of a body is (RFC 9112, sections 9.3 and 9.6).

import { answer, FIN, forwarded, REFUSED, request, withBody } from '../case.ts'
import type { Answered, Case, Outcome } from '../case.ts'
import { HELLO_CHUNK, SMUGGLED } from './outcomes.ts'
import { all, echo, GET, gets } from './pipelining.ts'

const SERVED = (path: string): Answered => ({ status: 200, body: path })

/** The requests before the fault are served; then comes a refusal, or the end. */
function servedThenRefused (served: Outcome): Pick<Case, 'expect' | 'ours'> {
  const answers = served.answers as Exclude<Outcome['answers'], string>
  return {
    expect: [{ ...served, answers: [...answers, { status: [400, 403, 405, 421, 501] }], then: 'closed' }, { ...served, then: 'closed' }],
    ours: { ...served, answers: [...answers, { status: 400, code: 'request-ambiguous' }], then: 'closed' }
  }
}

const MALFORMED: readonly [name: string, bytes: string][] = [
  ['garbage', 'garbage\r\n\r\n'],
  ['a request with a broken length', request('POST /two', ['Content-Length: x'], 'hello')],
  ['a request with two lengths', request('POST /two', ['Content-Length: 5', 'Content-Length: 6'], 'hello!')]
]

export const connectionEnds: readonly Case[] = [
  {
    name: 'one empty line between two requests is overlooked',
    promise: 'P6',
    send: `${withBody('POST /one', 'hello')}\r\n${GET('/two')}`,
    upstream: echo,
    expect: [all([{ line: 'POST /one HTTP/1.1', body: 'hello' }, { line: 'GET /two HTTP/1.1' }]), ...listed(servedThenRefused(all([{ line: 'POST /one HTTP/1.1', body: 'hello' }])))]
  },
  ...MALFORMED.map(([name, bytes]): Case => ({
    name: `a request before ${name} is served, and nothing after it`,
    promise: 'P6',
    send: GET('/one') + bytes + GET('/three'),
    upstream: (nth, head) => [{ pause: 30 }, ...echo(nth, head)],
    ...servedThenRefused(gets('/one'))
  })),
  {
    name: 'a byte after a body is no part of it',
    promise: 'P5',
    send: [`${withBody('POST /one', 'hello')}X`, { pause: 40 }, FIN],
    upstream: echo,
    expect: [all([{ line: 'POST /one HTTP/1.1', body: 'hello' }]), ...listed(servedThenRefused(all([{ line: 'POST /one HTTP/1.1', body: 'hello' }])))],
    ours: servedThenRefused(all([{ line: 'POST /one HTTP/1.1', body: 'hello' }])).ours ?? []
  },
  {
    name: 'bytes after the last chunk are no part of the body',
    promise: 'P5',
    send: `${request('POST /one', ['Transfer-Encoding: chunked'], HELLO_CHUNK)}garbage\r\n\r\n`,
    upstream: echo,
    ...servedThenRefused(all([{ line: 'POST /one HTTP/1.1', body: 'hello' }]))
  },
  {
    name: 'a request before one with two Hosts is served, and that one refused',
    promise: 'P6',
    send: GET('/one') + request('GET /two', ['Host: evil.example']) + GET('/three'),
    upstream: echo,
    expect: [
      { ...gets('/one'), answers: [SERVED('/one'), { status: 400 }], then: 'closed' },
      { ...gets('/one', '/three'), answers: [SERVED('/one'), { status: 400 }, SERVED('/three')] }
    ],
    ours: { ...gets('/one'), answers: [SERVED('/one'), { status: 400, code: 'request-ambiguous' }], then: 'closed' }
  },
  ...[
    ['Connection: close', GET('/one', ['Connection: close'])] as const,
    ['HTTP/1.0', GET('/one').replace('HTTP/1.1', 'HTTP/1.0')] as const
  ].map(([name, first]): Case => ({
    name: `nothing is read after a request with ${name} (RFC 9112, 9.6)`,
    promise: 'P6',
    send: first + GET('/two'),
    upstream: echo,
    expect: ['1.1', '1.0'].map((version): Outcome => ({ reaches: [{ line: `GET /one HTTP/${version}` }], answers: [{ status: 200, body: '/one' }], then: 'closed' }))
  })),
  {
    name: 'a body whose request has failed is not taken for a request',
    promise: 'P5',
    send: [request('POST /down/x', [`Content-Length: ${SMUGGLED.length}`]), { pause: 60 }, SMUGGLED],
    expect: REFUSED,
    ours: { reaches: [], answers: [{ status: 502, code: 'upstream-unreachable' }], then: 'closed' }
  },
  {
    name: 'a body that comes after its answer is not taken for a request',
    promise: 'P5',
    send: [request('POST /one', [`Content-Length: ${SMUGGLED.length + 1}`], '!'), { pause: 60 }, SMUGGLED],
    upstream: [answer('413 Content Too Large')],
    expect: [{ ...forwarded({ line: 'POST /one HTTP/1.1', cut: true }), answers: [{ status: 413 }] }, { ...forwarded({ line: 'POST /one HTTP/1.1', body: `!${SMUGGLED}` }), answers: [{ status: 413 }] }]
  },
  {
    name: 'a body after a request with Upgrade is not taken for a request',
    promise: 'P5',
    send: [GET('/one', ['Connection: Upgrade', 'Upgrade: h2c']) + request('POST /two', [`Content-Length: ${SMUGGLED.length}`]), { pause: 20 }, SMUGGLED],
    upstream: echo,
    expect: [{ ...gets('/one'), then: 'closed' }, all([{ line: 'GET /one HTTP/1.1' }, { line: 'POST /two HTTP/1.1', body: SMUGGLED }]), REFUSED]
  },
  {
    name: 'a request that failed does not spoil the next one of its connection',
    promise: 'P6',
    send: GET('/down/x') + GET('/two'),
    upstream: echo,
    expect: [{ ...gets('/two'), answers: [{ status: [500, 502, 503, 504] }, SERVED('/two')] }, { ...REFUSED, then: 'closed' }],
    ours: { ...gets('/two'), answers: [{ status: 502, code: 'upstream-unreachable' }, SERVED('/two')] }
  }
]

function listed ({ expect }: Pick<Case, 'expect'>): readonly Outcome[] {
  return 'reaches' in expect ? [expect] : expect
}

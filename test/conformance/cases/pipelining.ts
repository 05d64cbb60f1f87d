// Several requests on one connection: each once, in order, with what belongs to it (RFC 9112, section 9.3.2).

import { answer, CANARY, MESSAGE, request, withBody } from '../case.ts'
import type { Case, Outcome, Reached, Step } from '../case.ts'
import type { Message } from '../message.ts'
import { HELLO_CHUNK, SMUGGLED } from './outcomes.ts'

/** The upstream answers with the path that it was asked for. */
export function echo (_nth: number, { startLine }: Message): readonly Step[] {
  return [MESSAGE, answer('200 OK', startLine.split(' ')[1] ?? '')]
}

export function gets (...paths: readonly string[]): Outcome {
  return all(paths.map((path) => ({ line: `GET ${path} HTTP/1.1` })))
}

/** Each goes up once, and their answers come in order. */
export function all (reaches: readonly Reached[]): Outcome {
  return { reaches, answers: reaches.map(({ line }) => ({ status: 200, body: line.split(' ')[1] ?? '' })) }
}

/** A GET as the upstream of these cases expects it. */
export const GET = (path: string, headers: readonly string[] = []): string => request(`GET ${path}`, headers)

export const pipelining: readonly Case[] = [
  { name: 'two requests in one packet are two, answered in order', promise: 'P6', send: GET('/one') + GET('/two'), upstream: echo, expect: gets('/one', '/two') },
  { name: 'five requests in one packet are five, answered in order', promise: 'P6', send: ['/1', '/2', '/3', '/4', '/5'].map((path) => GET(path)).join(''), upstream: echo, expect: gets('/1', '/2', '/3', '/4', '/5') },
  {
    name: 'a request whose head is split over two packets after another one is one',
    promise: 'P6',
    send: [GET('/one') + GET('/two').slice(0, 10), { pause: 20 }, GET('/two').slice(10)],
    upstream: echo,
    expect: gets('/one', '/two')
  },
  {
    name: 'a slow first answer comes before a fast second one',
    promise: 'P6',
    send: GET('/one') + GET('/two'),
    upstream: (nth, head) => nth === 1 ? [MESSAGE, { pause: 100 }, answer('200 OK', '/one')] : echo(nth, head),
    expect: gets('/one', '/two')
  },
  ...[
    ['with a length', withBody('POST /one', 'hello')] as const,
    ['in chunks', request('POST /one', ['Transfer-Encoding: chunked'], HELLO_CHUNK)] as const,
    ['that looks like a request', withBody('POST /one', SMUGGLED)] as const
  ].map(([name, first]): Case => ({
    name: `a GET after a body ${name} is a request of its own`,
    promise: 'P6',
    send: first + GET('/two'),
    upstream: echo,
    expect: all([{ line: 'POST /one HTTP/1.1', body: name.endsWith('request') ? SMUGGLED : 'hello' }, { line: 'GET /two HTTP/1.1', body: '' }])
  })),
  ...['POST', 'DELETE'].map((method): Case => ({
    name: `a request behind a ${method} is not sent before its answer (RFC 9112, 9.3.2)`,
    promise: 'P6',
    send: request(`${method} /one`, ['Content-Length: 0']) + GET('/two'),
    upstream: (nth, head) => nth === 1 ? [MESSAGE, { pause: 60 }, answer('200 OK', '/one')] : [{ already: '/one' }, ...echo(nth, head)],
    expect: all([{ line: `${method} /one HTTP/1.1` }, { line: 'GET /two HTTP/1.1' }])
  })),
  {
    name: 'each request of a connection gets the key of its own route',
    promise: 'P1',
    send: GET('/one', [`X-API-Key: ${CANARY}`]) + GET('/eu/two', [`Authorization: Bearer ${CANARY}`]) + GET('/three'),
    upstream: echo,
    expect: all([{ line: 'GET /one HTTP/1.1' }, { line: 'GET /two HTTP/1.1', place: 'eu' }, { line: 'GET /three HTTP/1.1', lacks: ['authorization'] }])
  },
  {
    name: 'headers of one request do not pass to the next',
    promise: 'P5',
    send: GET('/one', ['X-First: 1', 'Accept: a/b']) + GET('/two'),
    upstream: echo,
    expect: all([{ line: 'GET /one HTTP/1.1', has: ['X-First: 1', 'Accept: a/b'] }, { line: 'GET /two HTTP/1.1', lacks: ['x-first', 'accept'] }])
  }
]

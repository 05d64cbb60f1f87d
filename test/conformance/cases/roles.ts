// What a role allows and denies, on the path that goes up and on nothing else. A spelling that two servers could read
// differently is denied, so that none hides a delete or a write.

import { FIN, forwarded, MESSAGE, OK_ANSWER, refused, request } from '../case.ts'
import type { Answered, Case } from '../case.ts'
import { as } from '../team.ts'

type Who = Parameters<typeof as>[0]

/** Go up byte for byte. */
const ALLOWED: readonly (readonly [who: Who, lines: readonly string[]])[] = [
  ['viewer', [
    'GET /sessions', 'GET /api/v1/sessions', 'GET /v1/sessions', 'GET /api/v1/sessions/', 'GET /API/V1/Sessions', 'HEAD /sessions', 'OPTIONS /sessions', 'GET /sessions/a%20b', 'GET /sessions/caf%C3%A9',
    'POST /runs/query', 'POST /api/v1/runs/query/', 'POST /runs/QUERY', 'POST /runs/query?a=/runs/../delete', 'GET /sessions?_method=DELETE', 'GET /sessions?'
  ]],
  ['nodel', ['POST /runs', 'PATCH /runs/x', 'POST /runs/query?path=/runs/delete', 'GET /runs/delete', 'PUT /x/deliver', 'POST /anything/new']],
  ['collector', ['POST /runs', 'POST /runs/batch', 'POST /api/v1/runs/multipart', 'PATCH /runs/x', 'POST /otel/v1/traces', 'POST /feedback', 'GET /info']],
  ['ana', ['DELETE /runs/x', 'POST /runs//delete', 'POST /runs%2fdelete', 'POST /runs/delete;a']],
  ['root', ['DELETE /sessions/x']]
]

const DENIED: readonly (readonly [who: Who, lines: readonly string[]])[] = [
  ['viewer', [
    'POST /runs', 'POST /api/v1/runs', 'PATCH /runs/x', 'PUT /runs/x', 'DELETE /sessions/x', 'DELETE /runs/query', 'POST /', 'GET /unknown', 'GET /feedback/tokens/x', 'GET /eu/feedback/tokens/x', 'POST /eu/runs',
    'POST /runs/query/x', 'POST /runs/delete?x=/runs/query', 'POST /runs?/runs/query', 'POST /runs/delete?/../query',
    'POST //runs/query', 'POST /runs//query', 'POST /runs/query//', 'POST /runs%2fquery', 'POST /runs%2Fdelete%2f/query', 'POST /runs/%71uery', 'POST /%72uns/query', 'POST /runs/query;a=1', 'POST /runs;/query', 'POST /runs/query%20',
    'POST /runs/query.', 'POST /runs/query%3f', 'POST /runs/query%23', 'POST /runs/%2571uery', 'POST /runs/query%3ba', 'POST /runs/query%5cx'
  ]],
  ['nodel', [
    'DELETE /runs/x', 'DELETE /', 'POST /runs/delete', 'POST /api/v1/runs/delete', 'POST /v2/runs/delete/', 'POST /runs/DELETE', 'POST /eu/runs/delete', 'PUT /x/bulk-delete', 'PATCH /x/delete/y', 'POST /x/purge',
    'POST //runs/delete', 'POST /runs//delete', 'POST /runs%2fdelete', 'POST /runs/%64elete', 'POST /runs/del%65te', 'POST /runs/delete;a=1', 'POST /runs/delete%20', 'POST /runs/%2564elete', 'POST /runs/delete?a=/runs/query'
  ]],
  ['collector', ['GET /runs', 'GET /', 'POST /runs/query', 'DELETE /runs/x', 'POST /sessions', 'GET /info/x', 'POST /runs/batch/x', 'POST /runs//batch', 'POST /runs%2fbatch', 'GET /runs/batch', 'POST /otel/v1']],
  ['eva', ['GET /sessions', 'GET /EU/sessions', 'GET //eu/sessions', 'GET /eu%2fsessions', 'GET /eux', 'GET /tls/sessions', 'GET /?/eu/', 'GET /;/eu/x']]
]

/** No role sees them: two parsers could read two paths. */
const AMBIGUOUS: readonly (readonly [who: Who, lines: readonly string[]])[] = [
  ['viewer', ['POST /runs/x/../query', 'POST /runs/./query', 'POST /runs/query/../delete', 'POST /runs/%2e%2e/runs/query', 'POST /runs/query/..%2fdelete', 'POST /runs/query/..;/delete', 'POST /runs/query%00', 'POST /runs\\query', 'POST /runs/query#/delete']],
  ['eva', ['GET /%65u/sessions', 'GET /eu/../sessions', 'GET /eu/..%2fsessions', 'GET /eu/%2e%2e/sessions', 'GET /x/../eu/sessions']]
]

const OVERRIDES = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X_HTTP_Method_Override', 'x-http-method-override']
const REWRITES = ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Path', 'X-Forwarded-Prefix']

function play ([who, lines]: (typeof ALLOWED)[number], make: (who: Who, line: string) => Case): readonly Case[] {
  return lines.map((line) => make(who, line))
}

function sent (who: Who, line: string, headers: readonly string[] = []): string {
  return request(line, [as(who), ...headers, ...line.startsWith('P') ? ['Content-Length: 0'] : []])
}

function toHead (line: string): Pick<Answered, 'toHead' | 'body'> {
  return line.startsWith('HEAD') ? { toHead: true, body: '' } : {}
}

export const roles: readonly Case[] = [
  ...ALLOWED.flatMap((allowed) => play(allowed, (who, line) => ({
    name: `the role of ${who} allows it, byte for byte: ${line}`, promise: 'P15', send: sent(who, line),
    upstream: [MESSAGE, line.startsWith('HEAD') ? OK_ANSWER.slice(0, -2) : OK_ANSWER, FIN], expect: forwarded({ line: `${line} HTTP/1.1` }, toHead(line))
  }))),
  ...DENIED.flatMap((denied) => play(denied, (who, line) => ({ name: `the role of ${who} denies it: ${line}`, promise: 'P15', send: sent(who, line), ...refused(403, 'role-denied') }))),
  ...AMBIGUOUS.flatMap((ambiguous) => play(ambiguous, (who, line) => ({ name: `no role is asked about an ambiguous path: ${who}, ${line}`, promise: 'P15', send: sent(who, line), ...refused(400, 'request-ambiguous') }))),
  { name: 'a role is asked about the path that an exporter means', promise: 'P15', send: sent('collector', 'POST /otel'), expect: forwarded({ line: 'POST /otel/v1/traces HTTP/1.1' }) },
  { name: 'a role holds behind the prefix of a route', promise: 'P15', send: sent('viewer', 'GET /eu/sessions'), expect: forwarded({ place: 'eu', line: 'GET /sessions HTTP/1.1' }) },
  { name: 'a client gets to the route that it may use', promise: 'P15', send: sent('eva', 'GET /eu/sessions'), expect: forwarded({ place: 'eu', line: 'GET /sessions HTTP/1.1' }) },
  { name: 'no role opens a closed endpoint', promise: 'P15', send: sent('root', 'POST /api/v1/api-key'), ...refused(403, 'endpoint-closed') },
  ...OVERRIDES.flatMap((name): readonly Case[] => [
    { name: `a read that is allowed becomes no delete: ${name}`, promise: 'P15', send: sent('viewer', 'GET /sessions/x', [`${name}: DELETE`]), expect: forwarded({ line: 'GET /sessions/x HTTP/1.1', lacks: [name.toLowerCase()] }) },
    { name: `a delete that is denied becomes no read: ${name}`, promise: 'P15', send: sent('viewer', 'DELETE /sessions/x', [`${name}: GET`]), ...refused(403, 'role-denied') }
  ]),
  ...REWRITES.map((name): Case => ({
    name: `a path that is allowed becomes no other: ${name}`, promise: 'P15', send: sent('nodel', 'POST /runs', [`${name}: /runs/delete`]), expect: forwarded({ line: 'POST /runs HTTP/1.1', lacks: [name.toLowerCase()] })
  }))
]

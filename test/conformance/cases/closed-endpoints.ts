// Endpoints that hand out credentials (docs/closed-endpoints.md): whoever may use the proxy could turn one
// request into a key for good. They are closed in every spelling that an upstream could read as theirs.
// Other programs get them as a deny list.

import { FIN, forwarded, MESSAGE, OK_ANSWER, refused, REFUSED, request, withBody } from '../case.ts'
import type { Answered, Case } from '../case.ts'

/** One request for each endpoint of the page that writes. */
const WRITES = [
  'POST /api/v1/api-key', 'DELETE /api/v1/api-key/0b5e', 'POST /api/v1/api-key/current', 'POST /api/v1/orgs/current/service-keys', 'POST /api/v1/orgs/current/personal-access-tokens',
  'POST /api/v1/service-accounts', 'DELETE /api/v1/service-accounts/0b5e', 'POST /api/v1/orgs/current/members', 'POST /api/v1/orgs/members/basic', 'POST /api/v1/workspaces/current/members',
  'PATCH /api/v1/workspaces/current/members/0b5e', 'POST /api/v1/orgs/pending/0b5e/claim', 'DELETE /api/v1/workspaces/pending/0b5e', 'POST /api/v1/login', 'PUT /api/v1/orgs/current/login-methods',
  'POST /api/v1/orgs/current/sso-settings', 'PATCH /api/v1/orgs/current/set-default-sso-provision', 'POST /api/v1/sso/email-verification/send',
  'POST /v1/platform/orgs/current/scim/tokens', 'POST /scim/v2/Users', 'POST /oauth/token', 'POST /v1/fleet/auth-agents', 'POST /v1/fleet/auth-providers', 'PUT /v1/fleet/auth-scopes',
  'POST /v1/fleet/auth-sessions', 'POST /v1/platform/fleet/providers/github-app/auth', 'POST /v1/platform/fleet/providers/github-app/tokens', 'POST /v2/sandboxes/boxes/b1/service-url'
]

/** Reading these hands out credentials as well. */
const READS = [
  'GET /scim/v2/Users', 'GET /oauth/authorize', 'GET /api/v1/workspaces/current/secrets/encrypted', 'GET /v1/fleet/auth-sessions/0b5e',
  'GET /v1/platform/fleet/providers/github-app/tokens', 'GET /v2/sandboxes/boxes/b1/service-url', 'HEAD /oauth/authorize', 'OPTIONS /oauth/token'
]

/** The endpoint of keys, as routers of servers read it: escapes undone, letter case and empty segments ignored. */
const SPELLINGS = [
  '/api-key', '/v1/api-key', '/v2/api-key', '/api/api-key', '/api/v1/API-KEY', '/API/V1/Api-Key', '/api/v1/api-key/', '/api/v1/api-key?a=1', '/api/v1/api-key?', '/api/v1/api-key/x/y',
  '//api/v1/api-key', '/api//v1//api-key', '/api/v1/api-key//', '/api/v1/api%2dkey', '/api/v1/%61pi-key', '/%61%70%69/v1/api%2Dkey', '/api/v1/%61%70%69%2d%6b%65%79', '/api%2fv1%2fapi-key', '/api/v1%2Fapi-key',
  '/eu/api/v1/api-key', '/eu/api-key', '/eu//api/v1/%61pi-key', '/tls/api/v1/api-key'
]

/** Only some servers read them so (`;` begins parameters, escapes are undone twice, blanks and dots dropped): unchanged they are safe with the others. */
const STRANGER = [
  '/api/v1/api-key;', '/api/v1/api-key;a=1', '/api/v1;a=1/api-key', '/api/;/v1/api-key',
  '/api/v1/%2561pi-key', '/api/v1/api%252dkey', '/api/v1/api-key%20', '/api/v1/api-key.', '/api/v1/%20api-key', '/api/v1/api-key%3fa', '/api/v1/api-key%23a', '/api/v1/api-key%3ba=1'
]

/** Dot segments and the like, which we refuse for themselves. */
const AMBIGUOUS = [
  '/api/v1/x/../api-key', '/api/v1/./api-key', '/api/v1/x/%2e%2e/api-key', '/api/v1/%2e/api-key', '/x/..%2fapi/v1/api-key', '/eu/../api/v1/api-key', '/api/v1/x/..;/api-key',
  '/api/v1\\api-key', '/api\\v1\\api-key', '/api/v1/api-key%00', '/api/v1/api-key%0a', '/api/v1/api-key#a', '/api/v1/api%-key'
]

/** Ordinary requests whose paths only look like closed ones. */
const OPEN = [
  'GET /api/v1/api-key', 'HEAD /api/v1/api-key', 'GET /api/v1/orgs/current/members', 'GET /api/v1/workspaces/current/members', 'POST /api/v1/sessions/api-key', 'POST /api/v1/api-keys', 'POST /api/v1/my-api-key',
  'POST /runs/batch?path=/api/v1/api-key', 'POST /api/v1/runs/query', 'PUT /api/v1/runs/0b5e/share', 'GET /oauthx'
]

const NO_BODY = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n'
const post = (target: string): string => withBody(`POST ${target}`, '{}', ['Content-Type: application/json'])

export const closedEndpoints: readonly Case[] = [
  ...[...WRITES, ...READS].map((line) => ({
    name: `a closed endpoint is refused: ${line}`, promise: 'P10', send: bodiless(line), expect: REFUSED, ours: { reaches: [], answers: [{ status: 403, code: 'endpoint-closed', ...toHead(line) }] }
  })),
  ...SPELLINGS.map((target) => ({ name: `a closed endpoint is refused in another spelling: POST ${target}`, promise: 'P10', send: post(target), ...refused(403, 'endpoint-closed') })),
  ...STRANGER.map((target) => ({
    name: `a closed endpoint in a strange spelling is refused, or goes up byte for byte: POST ${target}`,
    promise: 'P10',
    send: post(target),
    ...refused(403, 'endpoint-closed'),
    expect: [REFUSED, forwarded({ line: `POST ${target} HTTP/1.1` })]
  })),
  ...AMBIGUOUS.map((target) => ({ name: `a closed endpoint is refused behind an ambiguous path: POST ${target}`, promise: 'P10', send: post(target), ...refused(400, 'request-ambiguous') })),
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name) => ({
    name: `a read of a closed endpoint becomes no write: ${name}`,
    promise: 'P10',
    send: request('GET /api/v1/api-key', [`${name}: POST`]),
    expect: [forwarded({ line: 'GET /api/v1/api-key HTTP/1.1', lacks: [name.toLowerCase()] }), REFUSED]
  })),
  ...['X-Original-URL', 'X-Rewrite-URL'].map((name) => ({
    name: `another path becomes no closed endpoint: ${name}`,
    promise: 'P10',
    send: request('POST /x', [`${name}: /api/v1/api-key`, 'Content-Length: 0']),
    expect: [forwarded({ line: 'POST /x HTTP/1.1', lacks: [name.toLowerCase()] }), REFUSED]
  })),
  ...OPEN.map((line) => ({ name: `an open endpoint is forwarded: ${line}`, promise: 'P10', send: bodiless(line), upstream: [MESSAGE, line.startsWith('HEAD') ? NO_BODY : OK_ANSWER, FIN], expect: forwarded({ line: `${line} HTTP/1.1` }, toHead(line)) }))
]

function bodiless (line: string): string {
  return request(line, line.startsWith('P') ? ['Content-Length: 0'] : [])
}

function toHead (line: string): Pick<Answered, 'toHead' | 'body'> {
  return line.startsWith('HEAD') ? { toHead: true, body: '' } : {}
}

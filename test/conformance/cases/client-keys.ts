// Who may call at all, where client keys are required. The proxy of these cases trusts 127.0.0.1 to name the caller: each
// wrong key comes from an address of its own, or the eleventh would be told to wait.

import { answer, CANARY, forwarded, KEYS, MESSAGE, refused, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'
import { as, keyOf } from '../team.ts'
import { basic } from '../../access/clients/support.ts'

const GET = 'GET /sessions'
const UP = { line: `${GET} HTTP/1.1`, lacks: ['authorization', 'proxy-authorization', 'cookie', 'x-forwarded-for'] }
const KEY = keyOf('ana')
const OTHER = keyOf('root')
const damaged = KEY.replace(/.$/, (last) => last === '0' ? '1' : '0')

/** Where a key is looked for. */
const PLACES: readonly (readonly [says: string, line: (key: string) => string])[] = [
  ['X-API-Key', (key) => `X-API-Key: ${key}`],
  ['Authorization: Bearer', (key) => `Authorization: Bearer ${key}`],
  ['Authorization: Basic', (key) => `Authorization: ${basic('', key)}`]
]

const WRONG: readonly (readonly [says: string, key: string])[] = [
  ['a key that was revoked', keyOf('gone')],
  ['a key that was never given out', keyOf('ana', 'canary0'.repeat(7).slice(0, 43))],
  ['a key of a client that has expired', keyOf('expired')],
  ['a key whose time beside a new one is over', keyOf('rotated')],
  ['a key with a wrong character', damaged],
  ['a key without its last character', KEY.slice(0, -1)],
  ['a key with the name of another client', keyOf('ana').replace('_ana_', '_root_')],
  ['no more than the beginning of a key', 'lsp_']
]

const RIGHT: readonly (readonly [says: string, lines: readonly string[]])[] = [
  ...PLACES.map(([says, line]) => [says, [line(KEY)]] as const),
  ['Basic with the name of the client', [`Authorization: ${basic('ana', KEY)}`]],
  ['Basic with the key in place of the name', [`Authorization: ${basic(KEY, '')}`]],
  ['schemes and header names in small letters', [`authorization: bearer ${KEY}`]],
  ['blanks and tabs around it', [`X-API-Key:\t ${KEY} \t`]],
  ['two X-API-Key', [as('ana'), as('ana')]],
  ['one X-API-Key, joined by a comma', [`X-API-Key: ${KEY}, ${KEY}`]],
  ['X-API-Key and Bearer', [as('ana'), `Authorization: Bearer ${KEY}`]],
  ['X-API-Key, Bearer and Basic', [as('ana'), `Authorization: Bearer ${KEY}`, `Authorization: ${basic('ana', KEY)}`]],
  ['X-API-Key beside what a netrc file adds', [as('ana'), `Authorization: ${basic('somebody', CANARY)}`]],
  ['X-API-Key beside other credentials', [as('ana'), `Proxy-Authorization: Bearer ${KEY}`, `Cookie: key=${KEY}`, `X-Tenant-Id: ${CANARY}`, `X_API_Key: ${KEY}`, `X-User-Id: ${CANARY}`, `X-Service-Key: ${KEY}`]]
]

/** Two keys that could be meant: nobody is to guess. */
const SEVERAL: readonly (readonly [says: string, lines: readonly string[]])[] = [
  ['two X-API-Key', [as('ana'), as('root')]],
  ['two X-API-Key, the other order', [as('root'), as('ana')]],
  ['one X-API-Key, joined by a comma', [`X-API-Key: ${KEY},${OTHER}`]],
  ['X-API-Key and Bearer', [as('ana'), `Authorization: Bearer ${OTHER}`]],
  ['X-API-Key and Basic', [as('ana'), `Authorization: ${basic('', OTHER)}`]],
  ['two Bearer', [`Authorization: Bearer ${KEY}`, `Authorization: Bearer ${OTHER}`]],
  ['a right one and a wrong one', [as('ana'), `Authorization: Bearer ${damaged}`]],
  ['a right one and a key of LangSmith', [as('ana'), `Authorization: Bearer ${KEYS.eu}`]],
  ['a right one and another word', [as('ana'), `Authorization: Bearer ${CANARY}`]],
  ['the name of another client for Basic', [`Authorization: ${basic('root', KEY)}`]]
]

const NO_KEY: readonly (readonly [says: string, line: string, headers: readonly string[]])[] = [
  ['no header', GET, []], ['an empty X-API-Key', GET, ['X-API-Key:']], ['the word undefined', GET, ['X-API-Key: undefined']], ['what a netrc file adds', GET, [`Authorization: ${basic('somebody', CANARY)}`]],
  ['a key in the query', `${GET}?api_key=${KEY}`, []], ['a key in a cookie', GET, [`Cookie: x-api-key=${KEY}`]], ['a key in Proxy-Authorization', GET, [`Proxy-Authorization: Bearer ${KEY}`]],
  ['a key in X_API_Key', GET, [`X_API_Key: ${KEY}`]], ['a key in X-User-Id', GET, [`X-User-Id: ${KEY}`]], ['a request for a closed endpoint', 'POST /api/v1/api-key', ['Content-Length: 0']], ['a request for a page of the proxy', 'GET /-/metrics', []]
]

const FOREIGN: readonly (readonly [says: string, lines: readonly string[]])[] = [
  ['a key of LangSmith', [`X-API-Key: ${KEYS.eu}`]], ['a key of LangSmith as Bearer', [`Authorization: Bearer ${KEYS.main}`]], ['another word', [`X-API-Key: ${CANARY}`]],
  ['a key in capitals', [`X-API-Key: ${KEY.toUpperCase()}`]]
]

/** The same for all whose key is not taken: nothing tells which keys there are, and nothing of a key comes back. */
function unknown (name: string, lines: readonly string[], at: number): Case {
  const { expect, ours } = refused(401, 'client-key-unknown')
  return { name, promise: 'P15', send: request(GET, [`X-Forwarded-For: 198.51.100.${at + 1}`, ...lines]), expect, ours: { ...ours as Outcome, withholds: CANARY } }
}

const WRONG_KEYS: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ...WRONG.flatMap(([says, key]) => PLACES.map(([where, line]) => [`${says} is refused: ${where}`, [line(key)]] as const)),
  ...SEVERAL.map(([says, lines]) => [`different keys in one request are refused: ${says}`, lines] as const),
  ...FOREIGN.map(([says, lines]) => [`what is no client key is refused: ${says}`, lines] as const)
]

const kept = [MESSAGE, answer('200 OK', 'ok', [])] as const
const TRY = request(GET, ['X-Forwarded-For: 203.0.113.1', `X-API-Key: ${damaged}`])

export const clientKeys: readonly Case[] = [
  ...NO_KEY.map(([says, line, headers]) => ({ name: `without a client key nothing goes up: ${says}`, promise: 'P15', send: request(line, headers), ...refused(401, 'client-key-required') })),
  ...WRONG_KEYS.map(([name, lines], at) => unknown(name, lines, at)),
  ...RIGHT.map(([says, lines]) => ({ name: `a client key is taken and does not go up: ${says}`, promise: 'P15', send: request(GET, lines), expect: forwarded(UP) })),
  { name: 'a client key in the query does not go up beside the one that counts', promise: 'P15', send: request(`${GET}?a=1&api_key=${KEY}`, [as('ana')]), expect: forwarded({ ...UP, line: `${GET}?a=1 HTTP/1.1` }) },
  {
    name: 'each request of a connection is known by its own key',
    promise: 'P15',
    send: [request(GET, [as('ana')]), MESSAGE, request(GET), MESSAGE, request('DELETE /sessions/x', [as('viewer')]), MESSAGE, request('DELETE /sessions/x', [as('ana')])],
    upstream: kept,
    expect: { reaches: [UP, { ...UP, line: 'DELETE /sessions/x HTTP/1.1' }], answers: [{ status: 200 }, { status: 401, code: 'client-key-required' }, { status: 403, code: 'role-denied' }, { status: 200 }] }
  },
  {
    name: 'the eleventh wrong key from an address is told to wait, and the right one works at once',
    promise: 'P15',
    send: [...Array.from({ length: 11 }, () => [TRY, MESSAGE]).flat(), request(GET, ['X-Forwarded-For: 203.0.113.1', as('ana')])],
    upstream: kept,
    expect: { reaches: [UP], answers: [...Array.from({ length: 10 }, () => ({ status: 401, code: 'client-key-unknown' })), { status: 429, code: 'rate-limited' }, { status: 200 }], withholds: CANARY }
  },
  { name: 'the page for health checks needs no client key', promise: 'P15', send: request('GET /-/live'), expect: { reaches: [], answers: [{ status: 200, own: true, body: 'ok\n' }] } },
  { name: 'the other pages are not for everybody with a client key', promise: 'P15', send: request('GET /-/clients', [as('ana')]), ...refused(403, 'role-denied') },
  { name: 'the other pages are for the role "admin"', promise: 'P15', send: request('GET /-/clients', [as('root')]), expect: { reaches: [], answers: [{ status: 200, own: true }], withholds: CANARY } }
]

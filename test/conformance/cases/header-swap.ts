// The caller's credentials out, the route's in (threat model 6.3: a client credential reaches LangSmith and
// wins). That the route's own are there, once, and no byte of the caller's, is judged in every case.

import { answer, CANARY, forwarded, KEYS, MESSAGE, refused, REFUSED, request } from '../case.ts'
import type { Case } from '../case.ts'

const LINE = 'GET /x HTTP/1.1'
/** Every header of promise P3; the route sets the two of INJECTED itself. */
const NAMES = ['Authorization', 'Proxy-Authorization', 'X-API-Key', 'X-Tenant-Id', 'X-Organization-Id', 'X-User-Id', 'X-Service-Key', 'Cookie']
const INJECTED: readonly string[] = ['X-API-Key', 'X-Tenant-Id']
const SMALL_HEADERS = (count: number): readonly string[] => Array<string>(count).fill('a:b')

interface Spelling {
  /** Follows the name of the header in the name of the case. */
  readonly says: string
  readonly lines: (name: string) => readonly string[]
  /** Another proxy may refuse what no honest client sends. */
  readonly refusable?: true
}

const SPELLINGS: readonly Spelling[] = [
  { says: 'is removed', lines: (name) => [`${name}: ${CANARY}`] },
  { says: 'is removed in any letter case', lines: (name) => [name.toLowerCase(), name.toUpperCase(), upsideDown(name)].map((spelled) => `${spelled}: ${CANARY}`), refusable: true },
  { says: 'is removed where its value is empty', lines: (name) => [`${name}:`], refusable: true },
  { says: 'is removed with blanks and tabs around its value', lines: (name) => [`${name}:\t ${CANARY} \t`], refusable: true },
  { says: 'is removed a hundred times', lines: (name) => Array<string>(100).fill(`${name}: ${CANARY}`), refusable: true }
]

/** For servers that read X_API_Key as X-API-Key (CVE-2025-64484). */
const UNDERSCORES: readonly Spelling[] = [
  { says: 'is removed with _ for -', lines: (name) => [`${name.replaceAll('-', '_')}: ${CANARY}`], refusable: true },
  { says: 'is removed with one _ and upper case', lines: (name) => [`${name.toUpperCase().replace('-', '_')}: ${CANARY}`], refusable: true }
]

const spelled: readonly Case[] = NAMES.flatMap((name) => [...SPELLINGS, ...name.includes('-') ? UNDERSCORES : []].map(({ says, lines, refusable }) => {
  const outcome = forwarded({ line: LINE, lacks: INJECTED.includes(name) ? [] : [name.toLowerCase(), name.toLowerCase().replaceAll('-', '_')] })
  return { name: `${name} ${says}`, promise: 'P3', send: request('GET /x', lines(name)), expect: refusable === true ? [outcome, REFUSED] : outcome }
}))

/** Where a credential may stand in the head. */
const PLACES: readonly Case[] = [
  ['before Host', `${LINE}\r\nX-API-Key: ${CANARY}\r\nHost: localhost\r\n\r\n`],
  ['as the last header', request('GET /x', ['Accept: */*', 'X-One: 1', `X-API-Key: ${CANARY}`])],
  ['between two others of its name', request('GET /x', ['X-API-Key: ', `X-API-Key: ${CANARY}`, 'X-API-Key: '])],
  ['behind 400 small headers', request('GET /x', [...SMALL_HEADERS(400), `X-API-Key: ${CANARY}`, `Authorization: Bearer ${CANARY}`])],
  ['beside all others', request('GET /x', NAMES.map((name) => `${name}: ${CANARY}`))]
].map(([where, send = '']) => ({
  name: `a credential ${where ?? ''} is removed`, promise: 'P3', send, expect: [forwarded({ line: LINE, lacks: ['authorization', 'cookie'] }), REFUSED]
}))

export const headerSwap: readonly Case[] = [
  {
    name: 'a request without credentials gets those of its route',
    promise: 'P1',
    send: request('GET /api/v1/sessions?limit=1', ['Accept: */*']),
    expect: forwarded({ line: 'GET /api/v1/sessions?limit=1 HTTP/1.1', has: ['Accept: */*'] })
  },
  {
    name: 'the key of another route, sent by the client, does not win',
    promise: 'P1',
    send: request('GET /x', [`X-API-Key: ${KEYS.eu}`, `X-Tenant-Id: ${KEYS.euWorkspace}`]),
    expect: forwarded({ line: LINE })
  },
  {
    name: 'the key of the route, sent by the client, is not there twice',
    promise: 'P1',
    send: request('GET /eu/x', [`x-api-key: ${KEYS.eu}`, `x-tenant-id: ${KEYS.euWorkspace}`]),
    expect: forwarded({ place: 'eu', line: LINE })
  },
  {
    name: 'Authorization: Bearer is removed',
    promise: 'P3',
    send: request('GET /x', [`Authorization: Bearer ${CANARY}`]),
    expect: forwarded({ line: LINE, lacks: ['authorization'] })
  },
  {
    name: 'Authorization: Basic, as curl sends it from a netrc file, is removed',
    promise: 'P3',
    send: request('GET /x', [`Authorization: Basic ${Buffer.from(`user:${CANARY}`).toString('base64')}`]),
    expect: forwarded({ line: LINE, lacks: ['authorization'] })
  },
  ...spelled,
  ...PLACES,
  {
    name: 'a credential behind 2100 small headers is seen, or the request refused', // CVE-2026-58044
    promise: 'P3',
    send: request('GET /x', [...SMALL_HEADERS(2100), `X-API-Key: ${CANARY}`]),
    ...refused(431, 'headers-too-large'),
    expect: [forwarded({ line: LINE }), REFUSED]
  },
  {
    name: 'a credential behind 20 KiB of headers is seen, or the request refused',
    promise: 'P3',
    send: request('GET /x', [`X-Large: ${'x'.repeat(20_480)}`, `X-API-Key: ${CANARY}`]),
    ...refused(431, 'headers-too-large'),
    expect: [forwarded({ line: LINE }), REFUSED]
  },
  { name: 'a credential with a blank before its colon is refused', promise: 'P3', send: request('GET /x', [`X-API-Key : ${CANARY}`]), ...refused(400, 'request-ambiguous') },
  {
    name: 'each request of a connection is stripped anew',
    promise: 'P3',
    send: [request('GET /x', [`Authorization: Bearer ${CANARY}`]), MESSAGE, request('GET /x', [`X-API-Key: ${CANARY}`, `Cookie: ${CANARY}`])],
    upstream: [MESSAGE, answer('200 OK', 'ok', [])],
    expect: forwarded([{ line: LINE, lacks: ['authorization'] }, { line: LINE, lacks: ['cookie'] }])
  }
]

function upsideDown (text: string): string {
  return text.replace(/[a-z]/gi, (letter) => letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())
}

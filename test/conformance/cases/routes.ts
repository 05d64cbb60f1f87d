// Which route a path belongs to: by whole segments, with the key of its place. That no key ever reaches
// another route's place is judged in every case; how strange spellings are read is free beyond that.

import { answer, forwarded, MESSAGE, refused, REFUSED, request, withBody } from '../case.ts'
import type { Case, Outcome, PlaceName, Reached } from '../case.ts'

const at = (place: PlaceName, target: string): Outcome => forwarded({ place, line: `GET ${target} HTTP/1.1` })

type Spelling = readonly [target: string, ...ways: (readonly [place: PlaceName, toUpstream: string])[]]

const ROUTED: readonly (readonly [target: string, place: PlaceName, toUpstream: string])[] = [
  ['/eu', 'eu', '/'], ['/eu/', 'eu', '/'], ['/eu/x', 'eu', '/x'], ['/eu/x/', 'eu', '/x/'], ['/eu?a=1', 'eu', '/?a=1'], ['/eu/?a=1', 'eu', '/?a=1'],
  ['/eu/eu', 'eu', '/eu'], ['/eu/eu/x', 'eu', '/eu/x'], ['/eu/a%2Fb?c=%2f', 'eu', '/a%2Fb?c=%2f'], ['/eu/a%20b', 'eu', '/a%20b'], ['/eu/%7euser', 'eu', '/%7euser'],
  ['/eu/x//y', 'eu', '/x//y'], ['/eu/x;p=1', 'eu', '/x;p=1'], ['/eu/api/v1/sessions?limit=1&eu=/eu', 'eu', '/api/v1/sessions?limit=1&eu=/eu'],
  ['/eux', 'main', '/eux'], ['/europe/x', 'main', '/europe/x'], ['/x/eu', 'main', '/x/eu'], ['/x?/eu/y', 'main', '/x?/eu/y'], ['/e/u', 'main', '/e/u'],
  ['/EU/x', 'main', '/EU/x'], ['/eu-west/x', 'main', '/eu-west/x'], ['/eu.x', 'main', '/eu.x']
]

/** Spellings that one reader takes for a prefix and another does not, with what may go up; the first is ours. */
const STRANGE: readonly Spelling[] = [
  ['/%2565u/x', ['main', '/%2565u/x'], ['eu', '/x']],
  ['/eu%2fx', ['main', '/eu%2fx'], ['eu', '/x'], ['eu', '%2fx']],
  ['/eu%2Fx', ['main', '/eu%2Fx'], ['eu', '/x']],
  ['/%2feu/x', ['main', '/%2feu/x'], ['eu', '/x']],
  ['//eu/x', ['main', '//eu/x'], ['eu', '/x']],
  ['//eu', ['main', '//eu'], ['eu', '/']],
  ['/eu//x', ['eu', '//x'], ['eu', '/x']],
  ['/eu//', ['eu', '//'], ['eu', '/']],
  ['/eu;x', ['main', '/eu;x'], ['eu', '/;x'], ['eu', '/']],
  ['/eu;a=1/x', ['main', '/eu;a=1/x'], ['eu', '/x']],
  ['/eu/;/x', ['eu', '/;/x']],
  ['/eu%3fx', ['main', '/eu%3fx'], ['eu', '/']],
  ['/eu%20', ['main', '/eu%20']],
  ['/eu%20/x', ['main', '/eu%20/x']],
  ['/eu./x', ['main', '/eu./x']]
]

/** The same, but ours is a refusal: escaped letters, and dot segments that would leave a prefix or get into one. */
const AMBIGUOUS: readonly Spelling[] = [
  ['/%65u/x', ['eu', '/x'], ['main', '/%65u/x']],
  ['/e%75/x', ['eu', '/x'], ['main', '/e%75/x']],
  ['/%65%75', ['eu', '/'], ['main', '/%65%75']],
  ['/eu/../x', ['eu', '/../x'], ['main', '/eu/../x'], ['main', '/x']],
  ['/eu/%2e%2e/x', ['eu', '/%2e%2e/x'], ['main', '/eu/%2e%2e/x'], ['main', '/x']],
  ['/eu/..', ['eu', '/..'], ['main', '/eu/..'], ['main', '/']],
  ['/eu/..%2fx', ['eu', '/..%2fx'], ['main', '/eu/..%2fx'], ['main', '/x']],
  ['/eu/%2e%2e%2fx', ['eu', '/%2e%2e%2fx'], ['main', '/eu/%2e%2e%2fx'], ['main', '/x']],
  ['/eu/..;/x', ['eu', '/..;/x'], ['main', '/eu/..;/x'], ['main', '/x']],
  ['/eu/..\\x', ['eu', '/..\\x'], ['main', '/eu/..\\x']],
  ['/eu\\x', ['eu', '/x'], ['main', '/eu\\x']],
  ['/x/../eu/y', ['main', '/x/../eu/y'], ['eu', '/y']],
  ['/./eu/y', ['main', '/./eu/y'], ['eu', '/y']],
  ['/%2e/eu/y', ['main', '/%2e/eu/y'], ['eu', '/y']],
  ['/x/%2e%2e/eu/y', ['main', '/x/%2e%2e/eu/y'], ['eu', '/y']],
  ['/eu/./x', ['eu', '/./x'], ['eu', '/x']],
  ['/eu/.', ['eu', '/.'], ['eu', '/']]
]

const X: Reached = { line: 'GET /x HTTP/1.1' }
const Y: Reached = { place: 'eu', line: 'GET /y HTTP/1.1' }
const Z: Reached = { line: 'GET /z HTTP/1.1' }

export const routes: readonly Case[] = [
  ...ROUTED.map(([target, place, toUpstream]) => ({ name: `${target} is ${toUpstream} of ${place}`, promise: 'P1', send: request(`GET ${target}`), expect: at(place, toUpstream) })),
  ...STRANGE.map(([target, ...ways]) => ({ name: `a spelling of a prefix gets no other place's key: ${target}`, promise: 'P1', send: request(`GET ${target}`), expect: [...ways.map((way) => at(...way)), REFUSED] })),
  ...AMBIGUOUS.map(([target, ...ways]) => ({
    name: `an ambiguous path gets no other place's key: ${target}`, promise: 'P1', send: request(`GET ${target}`), ...refused(400, 'request-ambiguous'), expect: [REFUSED, ...ways.map((way) => at(...way))]
  })),
  {
    name: 'a connection of the client changes routes and keys from request to request',
    promise: 'P1',
    send: [request('GET /x'), MESSAGE, request('GET /eu/y'), MESSAGE, request('GET /z')],
    upstream: [MESSAGE, answer('200 OK', 'ok', [])],
    expect: [forwarded([X, Z, Y]), forwarded([X, Y, Z])] // as one connection upstream was used twice, or not
  },
  { name: 'a body goes to the place of its prefix', promise: 'P1', send: withBody('POST /eu/x', '/x of main'), expect: forwarded({ place: 'eu', line: 'POST /x HTTP/1.1', body: '/x of main' }) }
]

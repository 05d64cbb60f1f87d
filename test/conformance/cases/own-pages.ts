// The proxy's own pages under /-/ never go upstream, in no spelling. No other program has them: there such
// a path is one of the upstream's.

import { forwarded, refused, REFUSED, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'

const anything = (line: string): readonly Outcome[] => [forwarded({ line: `${line} HTTP/1.1` }), REFUSED, { reaches: [], answers: [{ status: 200 }] }]

const MISSING = ['/-', '/-/x', '/-/live/', '/-/live/x', '/-/LIVE', '/-/api/v1/api-key', '/-/eu/x']
const AMBIGUOUS = ['/%2d/live', '/%2D/x', '/-/../x', '/-/%2e%2e/x', '/x/../-/live', '/./-/live', '/-\\live', '/-/live#x', '/-/live%00']
const NOT_OURS = ['/--/x', '/-x', '/x/-/live', '/-.', '//-/live', '/eu/-/live']

export const ownPages: readonly Case[] = [
  {
    name: 'the page /-/live of this proxy answers, and nothing goes up',
    promise: 'P1',
    send: request('GET /-/live'),
    expect: anything('GET /-/live'),
    ours: { reaches: [], answers: [{ status: 200, own: true, body: 'ok\n' }] }
  },
  {
    name: 'the page /-/live of this proxy answers with a query and credentials',
    promise: 'P1',
    send: request('GET /-/live?a=1', ['X-LangSmith-Proxy: upstream']),
    expect: anything('GET /-/live?a=1'),
    ours: { reaches: [], answers: [{ status: 200, own: true, body: 'ok\n' }] }
  },
  ...MISSING.map((target) => ({ name: `no page of this proxy, and nothing of the upstream's either: ${target}`, promise: 'P1', send: request(`GET ${target}`), ...refused(421, 'no-route'), expect: anything(`GET ${target}`) })),
  { name: 'pages of this proxy are read only', promise: 'P1', send: request('POST /-/live', ['Content-Length: 0']), ...refused(421, 'no-route'), expect: anything('POST /-/live') },
  ...AMBIGUOUS.map((target) => ({ name: `an odd spelling of a page of this proxy does not go up: ${target}`, promise: 'P1', send: request(`GET ${target}`), ...refused(400, 'request-ambiguous'), expect: anything(`GET ${target}`) })),
  ...NOT_OURS.map((target) => {
    const up = forwarded(target.startsWith('/eu/') ? { place: 'eu', line: `GET ${target.slice(3)} HTTP/1.1` } : { line: `GET ${target} HTTP/1.1` })
    return { name: `a path of the upstream's that looks like a page of this proxy goes up: ${target}`, promise: 'P5', send: request(`GET ${target}`), expect: target.startsWith('//') ? [up, REFUSED] : up }
  })
]

// The report of an explained answer: at once from what is known, later with what read-only calls found out.

import t from 'tap'
import type { Findings } from '../../src/diagnosis/findings.ts'
import type { ProxyEvent } from '../../src/events.ts'
import { startExchange } from '../../src/exchange.ts'
import { createRefusalReport } from '../../src/observe/refusals.ts'
import type { Context } from '../../src/observe/refusals.ts'
import type { Refused } from '../../src/upstream/refusal-tap.ts'
import { routeOf, TEST_KEY } from '../support/proxy.ts'

const route = routeOf({ upstream: 'https://api.smith.langchain.com', credential: 'us' })
const FINDINGS: Findings = {
  isApi: true, sessions: 'refused', sessionsWithoutWorkspace: undefined, workspaces: { said: 'refused', seen: [] },
  organization: { said: 'refused', seen: undefined }, usage: { said: 'refused', rejecting: false, kind: undefined }, regions: { eu: 'accepted' }
}
const known: Context['known'] = { history: { readWorked: undefined, writeWorked: undefined, inARow: 1 }, others: [], findings: undefined, now: 0 }

function refused (id: string, changes: Partial<Refused> = {}): Refused {
  const { current: credential } = route.credential
  if (credential === undefined) throw new Error('no key')
  return {
    status: 403, method: 'GET', path: '/api/v1/sessions', headers: ['content-type', 'application/json', 'x-request-id', 'req-1'], body: Buffer.from('{"detail":"Forbidden"}'),
    removed: [], client: undefined, privateValues: [], route, credential, exchange: startExchange(id, { method: 'GET', url: '/api/v1/sessions', headers: {} }), ...changes
  }
}

const soon = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

t.test('what was found out follows, under the same ID and without the excerpt', async (t) => {
  const events: ProxyEvent[] = []
  const report = createRefusalReport({ emit: (event) => { events.push(event) }, maskText: (text) => text })
  const code = report(refused('a'), { known, investigate: () => Promise.resolve(FINDINGS) })
  t.match(events, [{ event: 'refusal.diagnosed', reqId: 'a', excerpt: 'Forbidden', upstream_request_id: 'req-1', diagnosis: { code, probed: false } }])
  t.equal(events.length, 1, 'nothing is waited for')
  await soon()
  t.match(events[1], { event: 'refusal.explained', reqId: 'a', status: 403, fingerprint: /^[0-9a-f]{8}$/, diagnosis: { probed: true } })
  t.notOk(events[1] !== undefined && 'excerpt' in events[1])
})

t.test('nothing follows where nobody may be asked, nothing was found, it is known already, or it is no refusal', async (t) => {
  const events: ProxyEvent[] = []
  const report = createRefusalReport({ emit: (event) => { events.push(event) }, maskText: (text) => text })
  let asked = 0
  const investigate = (): Promise<Findings> => { asked++; return Promise.resolve(FINDINGS) }
  report(refused('a'), { known, investigate: () => undefined })
  report(refused('b'), { known, investigate: () => Promise.resolve(undefined) })
  report(refused('c'), { known: { ...known, findings: FINDINGS }, investigate })
  report(refused('d', { status: 429, body: Buffer.from('{"detail":"Monthly unique traces usage limit exceeded"}') }), { known, investigate })
  report(refused('e', { status: 404, body: Buffer.from('{}') }), { known, investigate })
  await soon()
  t.equal(asked, 0)
  t.same(events.map(({ event }) => event), ['refusal.diagnosed', 'refusal.diagnosed', 'refusal.diagnosed', 'answer.diagnosed'])
})

t.test('a defect on the way is reported without its message', async (t) => {
  const events: ProxyEvent[] = []
  const report = createRefusalReport({ emit: (event) => { events.push(event) }, maskText: (text) => text })
  report(refused('a'), { known, investigate: () => Promise.reject(new RangeError(`with ${TEST_KEY}`)) })
  await soon()
  t.match(events[1], { event: 'internal.failed', reqId: 'a', name: 'RangeError' })
  t.notMatch(JSON.stringify(events), TEST_KEY)
})

// Each one that waits holds up to 64 KiB, and a round of probes takes seconds.
t.test('in a flood a hundred wait for what is found out, and the next flood may wait again', async (t) => {
  const events: ProxyEvent[] = []
  const report = createRefusalReport({ emit: (event) => { events.push(event) }, maskText: (text) => text })
  for (const flood of [1, 2]) {
    let found: (findings: Findings) => void = () => {}
    const round = new Promise<Findings>((resolve) => { found = resolve })
    for (let i = 0; i < 1000; i++) report(refused(String(i)), { known, investigate: () => round })
    found(FINDINGS)
    await soon()
    t.equal(events.filter(({ event }) => event === 'refusal.explained').length, flood * 100)
  }
  t.equal(events.filter(({ event }) => event === 'refusal.diagnosed').length, 2000)
})

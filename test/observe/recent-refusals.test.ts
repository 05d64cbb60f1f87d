// What is remembered of refusals: the last ones, those alike as one, nothing secret.

import t from 'tap'
import type { Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RouteChecked } from '../../src/diagnosis/events.ts'
import type { ProxyEvent } from '../../src/events.ts'
import { createRecentRefusals, MOST_REFUSALS } from '../../src/observe/recent-refusals.ts'
import type { RecentRefusals } from '../../src/observe/recent-refusals.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { createMasks } from '../../src/swap/masks.ts'
import { refuseLeak } from '../support/leaks.ts'
import { TEST_KEY } from '../support/proxy.ts'

const because = (code: string, probed = false): Diagnosis => ({ code, probed, summary: `It is ${code}.`, causes: [{ code, confidence: 'likely', summary: `It is ${code}.`, fix: 'mend it' }] })
const refused = (reqId: string, changes: Partial<RefusalDiagnosed> = {}): RefusalDiagnosed => ({
  event: 'refusal.diagnosed', reqId, method: 'GET', path: '/runs', route: '/', credential: 'us', region: 'us', secret_ref: 'env:A', fingerprint: '00000000', status: 403, excerpt: 'Forbidden',
  diagnosis: because('key-or-workspace-refused'), ...changes
})
const explained = (reqId: string, code: string): ProxyEvent => ({ ...refused(reqId), event: 'refusal.explained', diagnosis: because(code, true) })
const checked: RouteChecked = { event: 'route.checked', route: '/eu', credential: 'eu', secret_ref: 'env:B', fingerprint: '00000001', result: 'refused', status: 401, diagnosis: because('key-revoked') }

function remembering (time: { now: number } = { now: 0 }): RecentRefusals {
  return createRecentRefusals({ maskText: (text) => text, now: () => time.now })
}

t.test('events that explain no answer are not remembered', async (t) => {
  const recent = remembering()
  recent.emit({ event: 'request.completed', reqId: '1', method: 'GET', path: '/', status: 403, source: 'upstream', duration_ms: 1, bytes_in: 0, bytes_out: 0 })
  recent.emit({ event: 'refusal.repeated', credential: 'us', code: 'key-revoked', count: 7 })
  recent.emit(explained('1', 'key-revoked'))
  recent.emit({ ...checked, result: 'accepted', diagnosis: undefined })
  t.same(recent.list(), [])
})

t.test('the newest is first, with all its fields; the oldest go when there are too many', async (t) => {
  const time = { now: 0 }
  const recent = remembering(time)
  for (let i = 0; i < MOST_REFUSALS + 50; i++) {
    time.now = i * 1000
    recent.emit(refused(String(i), { path: `/runs/${i}` }))
  }
  const list = recent.list()
  t.equal(list.length, MOST_REFUSALS)
  t.equal(list.at(-1)?.path, '/runs/50')
  const at = new Date((MOST_REFUSALS + 49) * 1000).toISOString()
  t.same(list[0], { time: at, first_time: at, count: 1, ...refused('249', { path: '/runs/249' }), upstream_request_id: undefined })
})

t.test('those alike in a row are one with a count; whatever differs begins another', async (t) => {
  const time = { now: 0 }
  const recent = remembering(time)
  for (let i = 0; i < 1000; i++) {
    time.now = i
    recent.emit(refused(String(i), { excerpt: `Forbidden ${i}` }))
  }
  t.match(recent.list(), [{ count: 1000, first_time: '1970-01-01T00:00:00.000Z', time: '1970-01-01T00:00:00.999Z', reqId: '999', excerpt: 'Forbidden 999' }])
  t.equal(recent.list().length, 1)
  const others: readonly Partial<RefusalDiagnosed>[] = [
    { route: '/eu' }, { credential: 'eu' }, { method: 'POST' }, { path: '/sessions' }, { status: 401 }, { fingerprint: '00000001' }, { diagnosis: because('no-plan') }
  ]
  for (const [i, changes] of others.entries()) {
    recent.emit(refused('x', changes))
    t.equal(recent.list().length, i + 2, Object.keys(changes).join())
  }
  recent.emit(refused('y'))
  t.equal(recent.list().length, others.length + 2, 'one in between ends the row')
})

t.test('what LangSmith told when asked takes the place of the first diagnosis, and what follows counts with it', async (t) => {
  const recent = remembering()
  for (const id of ['a', 'b', 'c']) recent.emit(refused(id))
  recent.emit(refused('other', { path: '/other' }))
  recent.emit(explained('a', 'key-revoked'))
  t.match(recent.list()[1], { count: 3, diagnosis: { code: 'key-revoked', probed: true } }, 'asked about the first of those alike')
  t.match(recent.list()[0], { path: '/other', diagnosis: { probed: false } })
  recent.emit(explained('other', 'no-plan'))
  t.match(recent.list()[0], { diagnosis: { code: 'no-plan' }, excerpt: 'Forbidden' }, 'what was said before stays')
  recent.emit(refused('other2', { path: '/other', diagnosis: because('no-plan', true) }))
  t.match(recent.list()[0], { count: 2 })
  recent.emit(explained('unheard-of', 'key-legacy'))
  t.notOk(recent.list().some(({ diagnosis }) => diagnosis.code === 'key-legacy'))
})

t.test('other answers, and keys that were refused at the start, are among them', async (t) => {
  const recent = remembering()
  const answer: AnswerDiagnosed = { ...refused('1'), event: 'answer.diagnosed', status: 429, upstream_request_id: 'req-1', diagnosis: because('rate-limit') }
  recent.emit(answer)
  recent.emit(checked)
  recent.emit({ ...checked, route: '/' })
  t.match(recent.list(), [
    { event: 'route.checked', method: 'GET', path: '/api/v1/sessions', route: '/' },
    { event: 'route.checked', method: 'GET', path: '/eu/api/v1/sessions', route: '/eu', credential: 'eu', status: 401, diagnosis: { code: 'key-revoked' } },
    { event: 'answer.diagnosed', status: 429, upstream_request_id: 'req-1' }
  ])
})

// An upstream can quote a key; a caller can put one into a path; a new key becomes known after it was seen.
t.test('no secret is remembered, not even one that becomes known later', async (t) => {
  const later = TEST_KEY.replace('5ca1ab1e', '0ddba11e').slice('lsv2_pt_'.length)
  const masks = createMasks()
  masks.learn(new Secret(TEST_KEY))
  const recent = createRecentRefusals({ maskText: masks.maskText, now: Date.now })
  const hidden = TEST_KEY.slice('lsv2_pt_'.length)
  const said = `${TEST_KEY} ${hidden} ${later}`
  const diagnosis = { ...because('no-plan'), summary: said, causes: [{ code: 'no-plan', confidence: 'likely' as const, summary: said, fix: said }] }
  recent.emit(refused('1', { path: `/${said}`, excerpt: said, secret_ref: `file:/${said}`, route: `/${said}`, credential: said, upstream_request_id: hidden, diagnosis }))
  recent.emit({ ...checked, route: `/${said}`, diagnosis })
  masks.learn(new Secret(`lsv2_pt_${later}`))
  const list = JSON.stringify(recent.list())
  t.match(list, '*********')
  refuseLeak('the list', list, TEST_KEY, `lsv2_pt_${later}`)
})

t.test('whoever asks for changes gets what is new or was changed since, oldest first, and each keeps its number', async (t) => {
  const recent = remembering()
  t.strictSame(recent.changedSince(0), { change: 0, refusals: [] })
  for (const [reqId, path] of [['1', '/a'], ['2', '/b'], ['3', '/b']] as const) recent.emit(refused(reqId, { path }))
  const first = recent.changedSince(0)
  t.match(first, { change: 3, refusals: [{ id: 1, path: '/a', count: 1 }, { id: 2, path: '/b', count: 2 }] })
  t.strictSame(recent.changedSince(first.change), { change: 3, refusals: [] })
  recent.emit(explained('1', 'key-revoked'))
  recent.emit(refused('4', { path: '/c' }))
  t.match(recent.changedSince(first.change), { change: 5, refusals: [{ id: 1, path: '/a', diagnosis: { code: 'key-revoked' } }, { id: 3, path: '/c' }] })
  t.equal(recent.changedSince(first.change).refusals.length, 2)
})

t.test('changes are no more than what is kept, and masked with what is known now', async (t) => {
  const masks = createMasks()
  const recent = createRecentRefusals({ maskText: masks.maskText, now: () => 0 })
  const late = 'n0t-of-langsmiths-kind-Zq81xWv7'
  for (let i = 1; i <= MOST_REFUSALS + 50; i++) recent.emit(refused(String(i), { path: `/runs/${i}`, excerpt: late }))
  t.match(recent.changedSince(0).refusals, { length: MOST_REFUSALS, 0: { id: 51 } })
  masks.learn(new Secret(late))
  refuseLeak('the changes', JSON.stringify(recent.changedSince(0)), late)
})

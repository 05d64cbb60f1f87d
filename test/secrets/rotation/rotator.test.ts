import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { ProxyError } from '../../../src/errors.ts'
import type { Credential } from '../../../src/secrets/credential.ts'
import type { RotationEvent } from '../../../src/secrets/rotation/events.ts'
import type { Verdict } from '../../../src/secrets/rotation/judge.ts'
import { Rotator } from '../../../src/secrets/rotation/rotator.ts'
import type { RotatorOptions } from '../../../src/secrets/rotation/rotator-options.ts'
import { CredentialSlot } from '../../../src/secrets/slot.ts'
import { slotOf } from '../../support/proxy.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ACCEPTED: Verdict = { says: 'accepted' }
const UNTOLD: Verdict = { says: 'untold', reason: 'ECONNREFUSED' }
const forbidden = (how = 'Forbidden'): Verdict => ({ says: 'refused', status: 403, how })

function version (letter: string, extra: Partial<Credential> = {}): Credential {
  return { ...slotOf('us', `lsv2_pt_${letter.repeat(32)}_${letter.repeat(10)}`).current as Credential, ...extra }
}

const [OLD, NEW, THIRD] = [version('a'), version('b'), version('c')]
const nameOf = (fingerprint: string | undefined): string | undefined => ({ [OLD.apiKey.fingerprint]: 'old', [NEW.apiKey.fingerprint]: 'new', [THIRD.apiKey.fingerprint]: 'third' })[fingerprint ?? '']

interface Scene {
  readonly rotator: Rotator
  readonly slot: CredentialSlot
  readonly events: RotationEvent[]
  /** What the place of the secret holds. */
  readonly place: { value: Credential | ProxyError, reads: number }
  /** What LangSmith says of each version. */
  readonly upstream: Map<string, Verdict>
  readonly asked: string[]
  readonly clock: { now: number }
  /** Name of the version in use. */
  readonly inUse: () => string | undefined
  readonly rotateTo: (credential: Credential) => Promise<void>
}

function scene (t: Test, options: Partial<RotatorOptions> = {}, first: Credential | 'none' = OLD): Scene {
  const slot = new CredentialSlot(slotOf('us').config, first === 'none' ? undefined : first)
  const place: Scene['place'] = { value: first === 'none' ? OLD : first, reads: 0 }
  const upstream = new Map<string, Verdict>()
  const asked: string[] = []
  const events: RotationEvent[] = []
  const clock = { now: DAY }
  const rotator = new Rotator({
    slot, asked: true, captured: false,
    settings: { test: true, overlap: 10 * MINUTE, interval: 0 },
    async read () {
      place.reads++
      if (place.value instanceof ProxyError) throw place.value
      return place.value
    },
    async verify ({ apiKey }) {
      const name = nameOf(apiKey.fingerprint) ?? '?'
      asked.push(name)
      return upstream.get(name) ?? ACCEPTED
    },
    report: (event) => { events.push(event) },
    onDefect: (error) => { t.error(error, 'defect') },
    now: options.now ?? (() => clock.now),
    ticks: options.ticks ?? options.now ?? (() => clock.now),
    ...options
  })
  t.teardown(() => { rotator.stop() })
  return {
    rotator, slot, events, place, upstream, asked, clock,
    inUse: () => nameOf(slot.current?.apiKey.fingerprint),
    async rotateTo (credential) {
      place.value = credential
      await rotator.reread()
    }
  }
}

t.test('a new value that LangSmith refuses is not used, and that is said once', async (t) => {
  const { rotator, events, upstream, asked, clock, inUse, rotateTo } = scene(t)
  upstream.set('new', forbidden())
  await rotateTo(NEW)
  t.equal(inUse(), 'old')
  t.match(events, [{ event: 'credential.rejected', credential: 'us', secret_ref: 'env:TEST_KEY', fingerprint: NEW.apiKey.fingerprint, kept: OLD.apiKey.fingerprint, status: 403 }])

  asked.length = 0
  await rotator.reread()
  t.same(asked, [], 'a minute passes before it is tried again')
  clock.now += MINUTE
  await rotator.reread()
  t.same(asked, ['new', 'old'], 'then it is')
  t.equal(events.length, 1, 'and nothing new is to be said')
  upstream.set('new', UNTOLD)
  clock.now += MINUTE
  await rotator.reread()
  t.equal(inUse(), 'old', 'what was refused needs better news than none')
  upstream.set('new', forbidden())
  await rotator.reread(true)
  t.equal(events.length, 2, 'who asks for it is told again')

  upstream.set('new', ACCEPTED)
  clock.now += MINUTE
  await rotator.reread()
  t.equal(inUse(), 'new', 'a key may need a while until LangSmith knows it')
  t.match(events.at(-1), { event: 'credential.rotated', from: OLD.apiKey.fingerprint, to: NEW.apiKey.fingerprint, test: 'accepted' })
})

t.test('when the call cannot tell old and new apart, the new one is used', async (t) => {
  for (const [name, ofNew, ofOld, expected, event] of [
    ['neither may list projects', forbidden('no projects:read'), forbidden('no projects:read'), 'new', { test: 'untold', reason: /refused in the same way/ }],
    ['refused in different ways', forbidden('Forbidden'), forbidden('no projects:read'), 'old', { event: 'credential.rejected' }],
    ['the one in use is not known any more, the new one may not list projects', forbidden('no projects:read'), { says: 'refused', status: 401, how: '401 Invalid token' }, 'new', { test: 'untold', reason: /refused as well/ }],
    ['LangSmith cannot be reached', UNTOLD, ACCEPTED, 'new', { test: 'untold', reason: 'ECONNREFUSED' }]
  ] as const) {
    const { events, upstream, inUse, rotateTo } = scene(t)
    upstream.set('new', ofNew).set('old', ofOld)
    await rotateTo(NEW)
    t.equal(inUse(), expected, name)
    t.match(events, [event], name)
  }
})

t.test('without rotation.test a new value is used at once, but not one that was found wanting', async (t) => {
  const { rotator, asked, upstream, clock, inUse, rotateTo } = scene(t, { settings: { test: false, overlap: MINUTE, interval: 0 } })
  await rotateTo(NEW)
  t.equal(inUse(), 'new')
  t.same(asked, [])
  upstream.set('new', forbidden())
  rotator.refused(NEW.apiKey.fingerprint)
  await rotator.reread()
  t.equal(inUse(), 'old')
  clock.now += MINUTE
  await rotator.reread()
  t.equal(inUse(), 'old')
})

t.test('when only the old value works, it is used again, loudly; within the overlap', async (t) => {
  const { rotator, events, upstream, asked, clock, inUse, rotateTo, slot } = scene(t)
  await rotateTo(NEW)
  rotator.refused(OLD.apiKey.fingerprint)
  await rotator.reread()
  t.same(asked, ['new'], 'a late refusal of the old one says nothing')

  rotator.refused(NEW.apiKey.fingerprint) // of one call, say, that the key may not make
  rotator.refused(NEW.apiKey.fingerprint)
  await rotator.reread()
  t.same(asked.slice(1).sort(), ['new', 'old'], 'both are tried, once')
  t.equal(inUse(), 'new')

  upstream.set('new', forbidden())
  clock.now += 10_000
  rotator.refused(NEW.apiKey.fingerprint)
  await rotator.reread()
  t.equal(inUse(), 'old')
  t.equal(slot.previous, undefined)
  t.match(events.at(-1), { event: 'credential.reverted', from: NEW.apiKey.fingerprint, to: OLD.apiKey.fingerprint, status: 403 })

  await rotateTo(THIRD)
  t.equal(inUse(), 'third', 'another new value is another matter')
  clock.now += 10 * MINUTE
  upstream.set('third', forbidden())
  asked.length = 0
  rotator.refused(THIRD.apiKey.fingerprint)
  await rotator.reread()
  t.equal(inUse(), 'third', 'after the overlap there is nothing to go back to')
  t.same(asked, [])
})

t.test('after a refusal the value is read again, not more than twice a minute', async (t) => {
  const { rotator, place, clock } = scene(t)
  for (let i = 0; i < 5; i++) rotator.refused(OLD.apiKey.fingerprint)
  await delay(5)
  t.equal(place.reads, 1)
  clock.now += 30_000
  rotator.refused(OLD.apiKey.fingerprint)
  await delay(5)
  t.equal(place.reads, 2)
  const captured = scene(t, { captured: true, asked: false })
  captured.rotator.refused(OLD.apiKey.fingerprint)
  await captured.rotator.reread(true)
  t.equal(captured.place.reads, 0, 'what was captured at start cannot change')
})

t.test('a place that fails keeps the last good value and is tried again', async (t) => {
  const { rotator, events, place, inUse } = scene(t)
  place.value = new ProxyError('secret-unreadable', 'the vault is sealed', { hint: 'unseal it' })
  rotator.start()
  await rotator.reread()
  await rotator.reread()
  t.equal(inUse(), 'old')
  t.match(events, [{ event: 'credential.failed', code: 'secret-unreadable', detail: 'the vault is sealed', hint: 'unseal it', kept: OLD.apiKey.fingerprint }])
  t.equal(events.length, 1, 'said once')
  place.value = OLD
  await rotator.reread()
  t.match(events.at(-1), { event: 'credential.recovered' })
})

t.test('a credential that was missing at start heals by itself', async (t) => {
  const { rotator, events, place, inUse } = scene(t, { now: Date.now }, 'none')
  place.value = new ProxyError('secret-missing', 'not there')
  rotator.start()
  await delay(1200)
  t.ok(place.reads >= 1, 'tried again after a second')
  place.value = OLD
  await rotator.reread()
  t.equal(inUse(), 'old')
  t.match(events.at(-1), { event: 'credential.rotated', from: undefined, to: OLD.apiKey.fingerprint, test: 'skipped' })
})

t.test('what must be asked for is read again at its interval, and before it ends', async (t) => {
  const every = scene(t, { now: Date.now, settings: { test: true, overlap: 0, interval: 30 } })
  every.rotator.start()
  await delay(300)
  t.ok(every.place.reads >= 3, `${every.place.reads} reads`)
  const now = Date.now()
  const ends = scene(t, { now: Date.now }, version('a', { since: now, expiresAt: now + 1500 }))
  ends.place.value = version('b', { since: now, expiresAt: now + DAY })
  ends.rotator.start()
  await delay(1300)
  t.equal(ends.place.reads, 0)
  await delay(400)
  t.equal(ends.inUse(), 'new')
  const watched = scene(t, { now: Date.now, asked: false, settings: { test: true, overlap: 0, interval: 30 } })
  watched.rotator.start()
  await delay(100)
  t.equal(watched.place.reads, 0, 'what is watched is not asked for')
})

t.test('the same value with a later end is no rotation; its end is told', async (t) => {
  const { rotator, events, place, slot } = scene(t, {}, version('a', { since: 0, expiresAt: DAY + 2 * DAY }))
  rotator.start()
  t.match(events, [{ event: 'credential.expiring', days_left: 2, expires_at: new Date(3 * DAY).toISOString(), fingerprint: OLD.apiKey.fingerprint }])
  place.value = version('a', { expiresAt: 100 * DAY })
  await rotator.reread()
  t.equal(events.length, 1)
  t.equal(slot.current?.expiresAt, 100 * DAY)
  t.equal(slot.current?.since, 0, 'as old as before')
})

t.test('an end that LangSmith tells is heeded for the version in use only, and where the place says none', async (t) => {
  const { rotator, events, slot, clock } = scene(t)
  rotator.expires(NEW.apiKey.fingerprint, clock.now + DAY)
  t.same([events.length, slot.current?.upstreamExpiresAt], [0, undefined], 'not this version')
  rotator.expires(OLD.apiKey.fingerprint, clock.now + 10 * DAY)
  rotator.expires(OLD.apiKey.fingerprint, clock.now + 10 * DAY)
  t.match(events, [{ event: 'credential.expiring', days_left: 10, expires_at: new Date(clock.now + 10 * DAY).toISOString(), fingerprint: OLD.apiKey.fingerprint }])
  t.equal(events.length, 1, 'told once')
  rotator.stop()
  rotator.expires(OLD.apiKey.fingerprint, clock.now + DAY)
  t.equal(events.length, 1, 'another config holds')

  const own = scene(t, {}, version('a', { since: 0, expiresAt: 100 * DAY }))
  own.rotator.expires(OLD.apiKey.fingerprint, own.clock.now + DAY)
  t.same(own.events, [], 'the place says something else')

  const late = scene(t, {}, version('a', { since: DAY }))
  late.rotator.expires(OLD.apiKey.fingerprint, DAY + 60 * MINUTE)
  t.match(late.events, [{ event: 'credential.expiring', days_left: 1 }], 'we have it for a moment only, but a person made it')
})

t.test('an end that LangSmith tells does not change when the place is asked, and stays when that gives the same value', async (t) => {
  const { rotator, place, slot } = scene(t, { now: Date.now, settings: { test: true, overlap: 0, interval: 0 } })
  const at = Date.now() + 50
  rotator.expires(OLD.apiKey.fingerprint, at)
  await delay(300)
  t.equal(place.reads, 0, 'with the interval 0 it is never asked, its end or not')
  await rotator.reread()
  t.equal(slot.current?.upstreamExpiresAt, at)
  const every = scene(t, { now: Date.now, settings: { test: true, overlap: 0, interval: 30 } })
  every.rotator.start()
  every.rotator.expires(OLD.apiKey.fingerprint, Date.now() + 50 * DAY)
  await delay(300)
  t.ok(every.place.reads >= 3, `${every.place.reads} reads: the interval holds`)
})

t.test('a defect of ours is told and does not end the rotation', async (t) => {
  const defects: unknown[] = []
  let broken = true
  const { rotator, slot } = scene(t, { onDefect: (error) => { defects.push(error) }, async read () { if (broken) throw new TypeError('defect'); return NEW } })
  await rotator.reread()
  t.match(defects, [{ message: 'defect' }])
  broken = false
  await rotator.reread()
  t.equal(nameOf(slot.current?.apiKey.fingerprint), 'new')
})

t.test('two values in a row that could not be tried leave the last good one to go back to', async (t) => {
  const { rotator, events, upstream, inUse, rotateTo } = scene(t)
  upstream.set('new', UNTOLD).set('third', UNTOLD)
  await rotateTo(NEW)
  await rotateTo(THIRD)
  t.equal(inUse(), 'third')
  upstream.set('new', forbidden()).set('third', forbidden()).set('old', ACCEPTED)
  rotator.refused(THIRD.apiKey.fingerprint)
  await rotator.reread()
  t.equal(inUse(), 'old')
  t.match(events.at(-1), { event: 'credential.reverted', to: OLD.apiKey.fingerprint })
})

t.test('a clock that is set back delays nothing', async (t) => {
  const clock = { now: DAY, ticks: 0 }
  const { rotator, place } = scene(t, { now: () => clock.now, ticks: () => clock.ticks })
  clock.now -= DAY / 2
  clock.ticks += MINUTE
  rotator.refused(OLD.apiKey.fingerprint)
  await rotator.reread()
  t.equal(place.reads, 1)
  const asked = scene(t, { now: () => Date.now() - 3_600_000, ticks: () => performance.now(), settings: { test: true, overlap: 0, interval: 30 } })
  asked.rotator.start()
  await delay(300)
  t.ok(asked.place.reads >= 3, `${asked.place.reads} reads`)
})

t.test('a defect while it is read does not end the reading', async (t) => {
  let reads = 0
  const { rotator } = scene(t, { now: () => performance.now(), onDefect: () => {}, async read () { reads++; throw new TypeError('defect') }, settings: { test: true, overlap: 0, interval: 20 } })
  rotator.start()
  for (let tries = 0; tries < 60 && reads < 2; tries++) await delay(50)
  t.ok(reads >= 2)
})

t.test('what was read for a config that is gone goes nowhere, and what was found out stays', async (t) => {
  const gate: { open?: () => void } = {}
  const { rotator, asked, inUse, events } = scene(t, { read: () => new Promise((resolve) => { gate.open = () => { resolve(NEW) } }) })
  const reading = rotator.reread()
  await delay(10)
  rotator.stop()
  gate.open?.()
  await reading
  t.same(asked, [], 'it is not tried anywhere')
  t.equal(inUse(), 'old')
  t.same(events, [])

  const before = scene(t)
  before.upstream.set('new', forbidden())
  await before.rotateTo(NEW)
  before.rotator.stop()
  const after = scene(t, { state: before.rotator.state, slot: before.slot, now: () => before.clock.now })
  after.upstream.set('new', forbidden())
  await after.rotateTo(NEW)
  t.same([after.asked, after.events], [[], []], 'the next config neither asks nor tells again')
})

t.test('after its end nothing is read or changed', async (t) => {
  const { rotator, place, inUse } = scene(t)
  place.value = NEW
  const under = rotator.reread()
  rotator.stop()
  await under
  await rotator.reread()
  rotator.refused(OLD.apiKey.fingerprint)
  t.equal(inUse(), 'old')
})

t.test('an end that comes between two looks at the clock is told', async (t) => {
  const end = 2 * DAY
  const times = [end - 20, end - 20, end - 20, end - 20, end - 1] // the timer is a millisecond early, as Node's may be
  const { rotator, events } = scene(t, { now: () => times.shift() ?? end, ticks: () => 0 }, version('a', { upstreamExpiresAt: end }))
  rotator.start()
  for (let i = 0; i < 100 && events.length < 2; i++) await delay(10)
  t.strictSame(events.map((event) => 'days_left' in event ? event.days_left : undefined), [1, 0])
})

import fc from 'fast-check'
import t from 'tap'
import { Window } from '../../src/pacing/window.ts'
import { holds } from '../support/property.ts'

const MS = 10_000

t.test('what a window no longer counts is older than the window, and not much older', async (t) => {
  await holds(t, fc.property(fc.array(fc.nat(1500), { maxLength: 200 }), fc.nat(30_000), (pauses, last) => {
    const window = new Window(MS)
    const times: number[] = []
    let now = 123_456
    for (const pause of pauses) {
      now += pause
      window.add(now)
      times.push(now)
    }
    now += last
    const total = window.total(now)
    const inside = times.filter((time) => now - time < MS).length
    const aLittleMore = times.filter((time) => now - time <= MS * 1.05).length
    return total >= inside && total <= aLittleMore
  }))
})

t.test('until() tells when enough has left: not a moment later than needed, and never too early', async (t) => {
  await holds(t, fc.property(fc.array(fc.nat(900), { minLength: 1, maxLength: 100 }), fc.nat(100), (pauses, most) => {
    const window = new Window(MS)
    let now = 5
    for (const pause of pauses) window.add(now += pause)
    const wait = window.until(most, now)
    if (wait === 0) return window.total(now) <= most
    return window.total(now + wait - 1) > most && window.total(now + wait) <= most
  }))
})

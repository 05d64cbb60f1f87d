// A soak that could not fail would be worth nothing: leaks and surprises must be named.

import t from 'tap'
import { slopeOf } from './slope.ts'
import { summarize } from './summary.ts'
import type { Soak } from './summary.ts'

const MEBIBYTE = 1024 * 1024
const LEVEL = { rss: 100 * MEBIBYTE, heap: 30 * MEBIBYTE, sockets: 40, lagP99: 20 }

function soak (changes: Partial<Soak> = {}, growth: Partial<typeof LEVEL> = {}): Soak {
  const samples = Array.from({ length: 90 }, (_, second) => ({
    rss: LEVEL.rss + second * (growth.rss ?? 0), heap: LEVEL.heap + second * (growth.heap ?? 0), sockets: LEVEL.sockets + second * (growth.sockets ?? 0), lagP99: LEVEL.lagP99
  }))
  return { seconds: 90, node: '20.0.0', counts: new Map([['read', 7]]), surprises: new Map(), rotations: 3, reloads: 2, repeated: 0, samples, exitCode: 0, ...changes }
}

t.test('a level run passes, and says what was done', async (t) => {
  const { text, wrong } = summarize(soak())
  t.same(wrong, [])
  t.match(text, '7 calls, 3 keys replaced')
  t.match(text, 'Nothing was wrong.')
})

t.test('memory, heap or sockets that rise after the warm-up are named', async (t) => {
  t.match(summarize(soak({}, { rss: MEBIBYTE })).wrong, [/^rss rises by /])
  t.match(summarize(soak({}, { heap: MEBIBYTE / 2 })).wrong, [/^heap rises by /])
  t.match(summarize(soak({}, { sockets: 1 })).wrong, [/^sockets rises by /])
})

t.test('from five minutes on, memory may rise by a third as much', async (t) => {
  for (const name of ['rss', 'heap'] as const) {
    const tenPercent = { [name]: LEVEL[name] / 10 / 60 } // over the 60 samples after the warm-up
    t.same(summarize(soak({ seconds: 299 }, tenPercent)).wrong, [])
    t.match(summarize(soak({ seconds: 300 }, tenPercent)).wrong, [new RegExp(`^${name} rises by \\S+ % after the warm-up; the limit is 5\\.0 %$`)])
  }
  t.match(summarize(soak()).text, 'may rise by 15.0 %, sockets by 50.0 %')
  t.match(summarize(soak({ seconds: 900 })).text, 'may rise by 5.0 %, sockets by 50.0 %')
})

t.test('what rises in the warm-up only is no leak', async (t) => {
  const { samples } = soak()
  t.same(summarize(soak({ samples: samples.map((sample, second) => ({ ...sample, rss: sample.rss * (second < 30 ? 0.5 + second / 60 : 1) })) })).wrong, [])
})

t.test('surprises, repeated requests, a bad end and too few samples are named', async (t) => {
  t.match(summarize(soak({ surprises: new Map([['read: status 500', 2]]) })).wrong, ['read: status 500 (2 times)'])
  t.match(summarize(soak({ repeated: 1 })).wrong, [/sent more than once/])
  t.match(summarize(soak({ exitCode: 1 })).wrong, ['the proxy ended with 1'])
  t.match(summarize(soak({ samples: [] })).wrong, [/only 0 samples/])
})

t.test('a slope is the unit per minute', async (t) => {
  const slope = slopeOf([1, 2, 3, 4, 5])
  t.match(slope, { perMinute: 60, mean: 3, max: 5 })
  t.ok(Math.abs(slope.rise - 5 / 3) < 1e-9)
  t.match(slopeOf([]), { perMinute: 0, rise: 0 })
})

// The numbers of the page: the even grid that its charts need, and the words it has for times and amounts.

import t from 'tap'
import { hourBefore, minutesFrom, MINUTES, perMinute, perStep, stacked, total } from '../../src/dashboard/series.ts'
import { ago, asWord, bytes, count, duration, exactDuration, milliseconds, plural, until } from '../../src/dashboard/words.ts'

const NOW = Date.UTC(2026, 0, 31, 12, 30, 20)
const STEP = { succeeded: 0, refused: 0, clientErrors: 0, serverErrors: 0, denied: 0, cut: 0, bytesIn: 0, bytesOut: 0, p50: undefined, p95: undefined }

t.test('an hour has sixty minutes, the last of which is now', async (t) => {
  const start = hourBefore(NOW)
  t.equal(start, Date.UTC(2026, 0, 31, 11, 31) / 1000)
  t.equal(minutesFrom(start).at(-1), Date.UTC(2026, 0, 31, 12, 30) / 1000)
})

t.test('what was counted goes to its minute, gaps are zero, and what is older or later is nowhere', async (t) => {
  const start = hourBefore(NOW)
  const steps = [-10, 0, 50, 60, 3590, 3600].map((after) => ({ ...STEP, at: start + after, refused: 1 }))
  const refused = perMinute(steps, 'refused', start)
  t.strictSame([refused.length, refused[0], refused[1], refused[2], refused[59], total(refused)], [MINUTES, 2, 1, 0, 1, 4])
  t.strictSame(stacked([[1, 2], [10, 20], [0, 5]]), [[1, 2], [11, 22], [11, 27]])
})

t.test('times stay in their step, and where nothing was answered is a gap', async (t) => {
  const start = hourBefore(NOW)
  const { times, values } = perStep([{ ...STEP, at: start + 10, p50: 7 }, { ...STEP, at: start + 20 }, { ...STEP, at: start + 3, p50: 1 }], 'p50', start, 10)
  t.strictSame([times.length, times[1], values.slice(0, 3)], [360, start + 10, [null, 7, null]])
})

t.test('times and amounts are words', async (t) => {
  t.strictSame([-5, 0, 59, 60, 3599, 3600, 12_000, 90_000, 864_000].map(duration), ['0 s', '0 s', '59 s', '1 min', '59 min', '1 h', '3 h 20 min', '1 d 1 h', '10 d'])
  t.strictSame([5, 65, 12_005, 90_001].map(exactDuration), ['5 s', '1 min 5 s', '3 h 20 min 5 s', '1 d 1 h'])
  t.strictSame([-9, 5, 19, 61, 12_000].map((seconds) => ago(new Date(NOW - seconds * 1000).toISOString(), NOW)), ['just now', 'just now', '10 s ago', '1 min ago', '3 h ago'])
  t.strictSame([86_400, -7200].map((seconds) => until(new Date(NOW + seconds * 1000).toISOString(), NOW)), ['in 1 d', 'ended 2 h ago'])
  t.strictSame([0, 1234, 1_250_000].map(count), ['0', '1,234', '1.3 M'])
  t.strictSame([0, 999, 1000, 1234, 34_000_000, 2e15].map(bytes), ['0 B', '999 B', '1 kB', '1.2 kB', '34 MB', '2,000 TB'])
  t.strictSame([0.5, 8.26, 120.4, 1400, 72_000].map(milliseconds), ['0.5 ms', '8.3 ms', '120 ms', '1.4 s', '72 s'])
  t.strictSame([plural(1, 'case'), plural(2, 'case')], ['1 case', '2 cases'])
  t.strictSame(['/api/v1/x', '/a b', 'it\'s'].map(asWord), ['/api/v1/x', '\'/a b\'', '\'it\'\\\'\'s\''])
})

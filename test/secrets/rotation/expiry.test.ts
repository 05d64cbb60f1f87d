import t from 'tap'
import { daysLeft, nextNoticeAt, noticeDue, rereadAt, rereadGap } from '../../../src/secrets/rotation/expiry.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

t.test('a value that ends is read again shortly before, and not again at once', async (t) => {
  t.equal(rereadAt(0, HOUR), HOUR - 60_000, 'a minute before')
  t.equal(rereadAt(0, 10_000), 9000, 'short ones a tenth of their life before')
  t.equal(rereadAt(5000, 1000), 1000, 'over already')
  t.equal(rereadGap(0, HOUR), 60_000)
  t.equal(rereadGap(0, 100_000), 10_000)
  t.equal(rereadGap(0, 1), 1000)
  t.same([1, 2, 5, 6, 2000].map((overdue) => rereadGap(5000, 1000, overdue)), [2000, 4000, 32_000, 60_000, 60_000], 'a place that gives only what is over is asked less and less')
})

t.test('a person is told 14, 3 and 1 days before the end, and when it is over, once each', async (t) => {
  const end = 100 * DAY
  const told: (readonly [number, number])[] = []
  let last: number | undefined
  for (let now = 0; now <= end + 2 * DAY; now += HOUR) {
    const due = noticeDue(now, 0, end, last)
    if (due === undefined) continue
    last = due
    told.push([due, daysLeft(now, end)])
  }
  t.same(told, [[14, 14], [3, 3], [1, 1], [0, 0]])
  t.equal(noticeDue(end - 2 * DAY, end - 2 * DAY, end, undefined), 3, 'also when it is found late')
  t.equal(daysLeft(end - 30 * HOUR, end), 2, 'days are rounded up')
})

t.test('values that live for hours are renewed by their place; only their end is told', async (t) => {
  t.equal(noticeDue(0, 0, HOUR, undefined), undefined)
  t.equal(noticeDue(HOUR, 0, HOUR, undefined), 0)
  t.equal(noticeDue(2 * HOUR, 0, HOUR, 0), undefined)
})

t.test('the next notice is known in advance', async (t) => {
  const end = 20 * DAY
  t.equal(nextNoticeAt(0, end), 6 * DAY)
  t.equal(nextNoticeAt(6 * DAY, end), 17 * DAY)
  t.equal(nextNoticeAt(19 * DAY, end), end)
  t.equal(nextNoticeAt(end, end), undefined)
})

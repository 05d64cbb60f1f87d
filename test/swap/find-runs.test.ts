import fc from 'fast-check'
import t from 'tap'
import { createRunFinder } from '../../src/swap/find-runs.ts'
import { holds } from '../support/property.ts'

/** Where each run begins, one search for each, in the order of the text. */
function foundPlainly (text: Buffer, runs: readonly Buffer[]): readonly string[] {
  return runs.flatMap((run, which) => {
    const places: string[] = []
    for (let at = text.indexOf(run); at !== -1; at = text.indexOf(run, at + 1)) places.push(`${at} ${which}`)
    return places
  }).sort()
}

function foundAtOnce (text: Buffer, runs: readonly Buffer[]): readonly string[] {
  const places: string[] = []
  const find = createRunFinder(runs.map((telling, which) => ({ telling, which })))
  find(text, ({ which }, at) => { places.push(`${at} ${which}`) })
  return places.sort()
}

/** Of few letters, so that runs share pieces, repeat themselves and overlap. */
const letters = (from: number, to: number): fc.Arbitrary<Buffer> => fc.string({ unit: fc.constantFrom('a', 'b', '\xff'), minLength: from, maxLength: to }).map((text) => Buffer.from(text, 'latin1'))
const bytes = (from: number, to: number): fc.Arbitrary<Buffer> => fc.uint8Array({ minLength: from, maxLength: to }).map((values) => Buffer.from(values))

for (const [what, unit] of [['of three letters', letters], ['of any bytes', bytes]] as const) {
  t.test(`each place of each run is found once, as by one search for each run: runs ${what}`, async (t) => {
    const cases = fc.array(unit(4, 20), { minLength: 1, maxLength: 6 }).chain((runs) => fc.record({
      runs: fc.constant(runs),
      before: fc.nat({ max: 7 }), // where in its memory a text begins must not matter
      parts: fc.array(fc.oneof(unit(0, 30), fc.constantFrom(...runs)), { maxLength: 8 })
    }))
    await holds(t, fc.property(cases, ({ runs, before, parts }) => {
      const text = Buffer.concat([Buffer.alloc(before, 'b'), ...parts, Buffer.alloc(5, 'a')]).subarray(before, -5)
      return JSON.stringify(foundAtOnce(text, runs)) === JSON.stringify(foundPlainly(text, runs))
    }), { numRuns: 3000 })
  })
}

t.test('a run is found wherever it begins in a long text, at its very end too', async (t) => {
  const run = Buffer.from('0123456789abcdef')
  for (let at = 0; at <= 100; at++) {
    const text = Buffer.concat([Buffer.alloc(at, '0'), run, Buffer.alloc(100 - at, '0')])
    t.strictSame(foundAtOnce(text, [run]), [`${at} 0`])
  }
  t.strictSame(foundAtOnce(run.subarray(1), [run]), [])
  t.strictSame(foundAtOnce(run.subarray(0, -1), [run]), [])
})

t.test('without runs nothing is found, and a run too short for the search is refused', async (t) => {
  t.strictSame(foundAtOnce(Buffer.alloc(1000), []), [])
  t.throws(() => createRunFinder([{ telling: Buffer.from('abc') }]), RangeError)
})

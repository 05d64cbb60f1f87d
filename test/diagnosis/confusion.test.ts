// Every distinguishable cause, through the real proxy: prints which cause is named for which truth.

import t from 'tap'
import { accuracyLines } from '../support/catalogue.ts'
import { confusionSection, confusionTable } from '../support/confusion.ts'
import { sandboxFor } from '../sandbox/support.ts'

t.test('the first cause is right where something tells; where only calls can tell, it is among the first three, and first after them', async (t) => {
  const sandbox = await sandboxFor(t)
  const rows = await confusionTable(t, sandbox)
  const section = confusionSection(rows)
  for (const line of section) t.comment(line)
  t.same(accuracyLines(), section, 'docs/diagnosis.md shows it; run npm run generate')
  for (const { truth, what, body, probed, before, sameHost, regions } of rows) {
    if (body === undefined) continue // words of our own prove nothing
    if (probed !== true) {
      t.equal(before.first, truth, `${what}: the first cause`)
      continue
    }
    t.ok((before.rank ?? Infinity) <= 3, `${what}: ${truth} is among the first three (${String(before.rank)})`)
    t.equal(regions?.first, truth, `${what}: the first cause after all calls`)
    t.equal(regions?.code, truth, `${what}: and it is sure enough to be the code`)
    // The same host knows nothing of regions and deleted keys: it says no to both.
    if (!truth.startsWith('key-')) t.equal(sameHost?.first, truth, `${what}: the first cause after calls to the same host`)
    else t.ok((sameHost?.rank ?? Infinity) <= 2, `${what}: one of two`)
  }
})

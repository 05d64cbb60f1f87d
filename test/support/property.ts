// A property of fast-check as one assertion of tap, which on failure shows the values that break it.

import fc from 'fast-check'
import type { Test } from 'tap'

/** The same values in every run, so that a red run is about the change at hand; PROPERTY_SEED=random looks further. */
const SEED = process.env.PROPERTY_SEED === 'random' ? {} : { seed: 20_261_121 }

/** Asserts that a property, sync or async, holds for random values. */
export async function holds<Values> (t: Test, property: fc.IRawProperty<Values>, parameters: fc.Parameters<Values> = {}): Promise<void> {
  const details = await fc.check(property, { includeErrorInReport: true, ...SEED, ...parameters })
  t.equal(fc.defaultReportMessage(details), undefined, `holds for ${details.numRuns} values`)
}

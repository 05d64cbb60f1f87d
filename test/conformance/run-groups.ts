// Runs groups of the table against this proxy as users start it, as tests.

import t from 'tap'
import { GROUPS } from './cases.ts'
import { startPlaces } from './places.ts'
import { runCase } from './run-case.ts'
import { starterFor } from './target.ts'
import { langsmithProxy } from './targets/langsmith-proxy.ts'

/** Each group is a test, each case an assertion that shows what was wrong. cases.test.ts knows the names. */
export async function runGroups (...names: readonly (keyof typeof GROUPS)[]): Promise<void> {
  const places = await startPlaces()
  t.teardown(() => places.close())
  for (const name of names) {
    t.test(name, async (t) => {
      const running = await starterFor(langsmithProxy, name)?.(places)
      if (running === undefined) throw new Error(`it has nothing for ${name}`)
      t.teardown(() => running.stop())
      for (const testCase of GROUPS[name]) t.strictSame(await runCase(testCase, running.port, places, true), [], testCase.name)
    })
  }
}

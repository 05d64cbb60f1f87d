import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { watchFiles } from '../../../src/secrets/rotation/watch-files.ts'

/** Longer than a change needs to settle. */
const SETTLED_MS = 400
const NEVER_MS = 60_000

interface Watched { readonly changes: () => number, readonly next: (change: () => void, what: string) => Promise<void> }

async function watched (t: Test, paths: readonly string[], pollMs = NEVER_MS): Promise<Watched> {
  let changes = 0
  const watch = watchFiles(paths, () => { changes++ }, pollMs)
  t.teardown(watch.stop)
  await delay(50) // the first look
  return {
    changes: () => changes,
    async next (change, what) {
      const before = changes
      change()
      for (let waited = 0; changes === before && waited < 10_000; waited += 20) await delay(20)
      await delay(SETTLED_MS)
      t.equal(changes, before + 1, what)
    }
  }
}

t.test('a file that is written, replaced, removed or put back is noticed once each', async (t) => {
  const folder = t.testdir({ key: 'one', other: 'x' })
  const path = join(folder, 'key')
  const { next, changes } = await watched(t, [path])
  await next(() => { writeFileSync(path, 'two') }, 'written in place')
  await next(() => { writeFileSync(join(folder, 'tmp'), 'six'); renameSync(join(folder, 'tmp'), path) }, 'another file moved over it')
  await next(() => { unlinkSync(path) }, 'removed')
  await next(() => { writeFileSync(path, 'new') }, 'put back')
  const before = changes()
  writeFileSync(join(folder, 'other'), 'y')
  await delay(SETTLED_MS)
  t.equal(changes(), before, 'its neighbours are nobody\'s business')
})

t.test('several writes in a row are one change', async (t) => {
  const path = join(t.testdir({ key: '' }), 'key')
  const { next } = await watched(t, [path])
  await next(() => { for (const text of ['', 'a', 'ab', 'abc']) writeFileSync(path, text) }, 'one')
})

t.test('Kubernetes swaps the folder behind a link', async (t) => {
  const folder = t.testdir({ '..2026_1': { key: 'one' } })
  symlinkSync('..2026_1', join(folder, '..data'))
  symlinkSync(join('..data', 'key'), join(folder, 'key'))
  const { next } = await watched(t, [join(folder, 'key')])
  for (const generation of [2, 3]) {
    await next(() => {
      const name = `..2026_${generation}`
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'key'), `value ${generation}`)
      symlinkSync(name, join(folder, '..data_tmp'))
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
      rmSync(join(folder, `..2026_${generation - 1}`), { recursive: true })
    }, `generation ${generation}`)
  }
})

t.test('where the system tells nothing, looking now and then does', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'later', 'key')
  const { next } = await watched(t, [path], 50)
  await next(() => { mkdirSync(join(folder, 'later')); writeFileSync(path, 'one') }, 'in a folder that was not there')
  await next(() => { writeFileSync(path, 'two and more') }, 'and after that')
})

t.test('after its end it says nothing', async (t) => {
  const path = join(t.testdir({ key: 'one' }), 'key')
  let changes = 0
  const watch = watchFiles([path], () => { changes++ }, 20)
  await delay(50)
  writeFileSync(path, 'two')
  watch.stop()
  await delay(SETTLED_MS)
  t.equal(changes, 0)
})

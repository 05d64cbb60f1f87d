import t from 'tap'
import { Store } from '../../src/sandbox/store.ts'

const now = (): Date => new Date(0)

t.test('the oldest runs go when there are too many', async (t) => {
  const store = new Store(now, { entries: 3, bytes: 1_000_000 })
  for (let index = 0; index < 5; index++) store.writeRun('w', { id: `run-${index}`, fields: {} })
  t.same(store.runs('w').map(({ id }) => id), ['run-2', 'run-3', 'run-4'])
})

t.test('the oldest runs go when they are too large together', async (t) => {
  const store = new Store(now, { entries: 100, bytes: 250 })
  for (let index = 0; index < 5; index++) store.writeRun('w', { id: `run-${index}`, fields: { text: 'x'.repeat(90) } })
  t.same(store.runs().map(({ id }) => id), ['run-3', 'run-4'])

  store.writeRun('w', { id: 'run-4', fields: { text: 'x' } })
  store.writeRun('w', { id: 'run-5', fields: { text: 'x'.repeat(90) } })
  t.same(store.runs().map(({ id }) => id), ['run-3', 'run-4', 'run-5'], 'what became smaller gives room')

  store.writeRun('w', { id: 'run-6', fields: { text: 'x'.repeat(900) } })
  t.same(store.runs().map(({ id }) => id), ['run-6'], 'one larger than the limit is kept alone')
})

t.test('the oldest projects and feedback go as well', async (t) => {
  const store = new Store(now, { entries: 2, bytes: 1000 })
  for (const name of ['a', 'b', 'c']) {
    store.createProject('w', name)
    store.writeFeedback('w', { key: name })
  }
  t.same(store.projects('w').map(({ name }) => name), ['b', 'c'])
  t.same(store.feedback('w').map(({ key }) => key), ['b', 'c'])
})

t.test('a deleted project gives back the room of its runs', async (t) => {
  const store = new Store(now, { entries: 100, bytes: 250 })
  store.writeRun('w', { id: 'a', fields: { session_name: 'p', text: 'x'.repeat(100) } })
  const [project] = store.projects('w')
  if (project !== undefined) store.deleteProject(project)
  store.writeRun('w', { id: 'b', fields: { text: 'x'.repeat(90) } })
  store.writeRun('w', { id: 'c', fields: { text: 'x'.repeat(90) } })
  t.same(store.runs().map(({ id }) => id), ['b', 'c'])
})

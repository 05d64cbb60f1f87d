// LangSmith's own SDK, as published, that is told nothing but the address of the proxy.

import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'langsmith'
import { traceable } from 'langsmith/traceable'
import t from 'tap'
import type { Test } from 'tap'
import { valuesOf } from '../support/upstream.ts'
import { makeClients } from '../access/clients/support.ts'
import { checkSwap, keyOf, startStage } from './support.ts'

// The SDK reads keys and addresses of the person who runs the tests from the environment and from HOME.
for (const name of Object.keys(process.env)) if (/^LANG(SMITH|CHAIN)_/.test(name)) Reflect.deleteProperty(process.env, name)
process.env.HOME = t.testdir()

/** The SDK says on the console what it could not send. */
function listen (t: Test): () => string {
  const warnings = t.capture(console, 'warn')
  const errors = t.capture(console, 'error')
  return () => [...warnings(), ...errors()].flatMap(({ args }) => args.map(String)).join('\n')
}

const clientOf = (apiUrl: string, apiKey?: string): Client => new Client({
  apiUrl, callerOptions: { maxRetries: 0 }, autoBatchTracing: true, ...(apiKey === undefined ? {} : { apiKey })
})

for (const { title, apiKey } of [{ title: 'no key' }, { title: 'an empty key', apiKey: '' }, { title: 'a key of somebody else', apiKey: 'lsv2_pt_not-the-right-one' }]) {
  for (const { prefix, region } of [{ prefix: '', region: 'us' }, { prefix: '/eu', region: 'eu' }] as const) {
    t.test(`with ${title}, under "${prefix}/": runs, projects and feedback go round`, async (t) => {
      listen(t)
      const { url, sandbox } = await startStage(t)
      const client = clientOf(url + prefix, apiKey)
      const id = 'c0000000-0000-4000-8000-000000000001'
      await client.createRun({ id, name: 'single', run_type: 'tool', inputs: { a: 1 }, project_name: 'by-sdk' })
      await client.awaitPendingTraceBatches()
      await client.updateRun(id, { outputs: { b: 2 }, end_time: Date.now() })
      await client.awaitPendingTraceBatches()
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- most programs out there still use it
      t.match(await client.readRun(id), { id, name: 'single', inputs: { a: 1 }, outputs: { b: 2 } })
      const project = await client.readProject({ projectName: 'by-sdk' })
      const names: (string | undefined)[] = []
      for await (const { name } of client.listProjects()) names.push(name)
      t.same(names, ['by-sdk'])
      await client.createFeedback({ runId: id, sessionId: project.id, key: 'quality', score: 0.5 })
      const keys: string[] = []
      for await (const { key } of client.listFeedback({ runIds: [id] })) keys.push(key)
      t.same(keys, ['quality'])

      t.ok(sandbox.requests.every((request) => request.region === region), 'in the right region only')
      checkSwap(t, sandbox.requests, keyOf(`good-${region}`))
      t.notMatch(JSON.stringify(sandbox.requests), /not-the-right-one/)
    })
  }
}

for (const packed of [true, false]) {
  t.test(`traces arrive as multipart, ${packed ? 'packed' : 'unpacked'}, without a key that the tool knows`, async (t) => {
    process.env.LANGSMITH_DISABLE_RUN_COMPRESSION = String(!packed)
    t.teardown(() => { delete process.env.LANGSMITH_DISABLE_RUN_COMPRESSION })
    const said = listen(t)
    const { url, sandbox, proxy } = await startStage(t)
    const client = clientOf(`${url}/eu`, '')
    const child = traceable(async (text: string) => text.toUpperCase(), { name: 'child', client, tracingEnabled: true, project_name: 'traced' })
    const parent = traceable(async (text: string) => { await delay(1); return child(text) }, { name: 'parent', client, tracingEnabled: true, project_name: 'traced' })
    t.equal(await parent('hello'), 'HELLO')
    await client.awaitPendingTraceBatches()

    const uploads = sandbox.requests.filter((request) => request.url === '/runs/multipart')
    t.ok(uploads.length > 0)
    t.ok(uploads.every(({ rawHeaders }) => (valuesOf(rawHeaders, 'content-encoding')[0] === 'gzip') === packed))
    t.notOk(sandbox.requests.some((request) => request.url === '/runs/batch'), 'the SDK did not fall back')
    const runs = sandbox.runs('eu')
    t.match(runs.find(({ name }) => name === 'child'), { parent_run_id: runs.find(({ name }) => name === 'parent')?.id, status: 'success' })
    checkSwap(t, sandbox.requests, keyOf('good-eu'))
    t.equal(said(), '', 'the SDK had nothing to complain about')
    t.notMatch(proxy.rawLog(), /"level":"(warn|error)"/)
  })
}

t.test('traces arrive as a batch where the server knows no multipart', async (t) => {
  listen(t)
  const { url, sandbox } = await startStage(t)
  const response = await fetch(`${url}/runs/batch`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': 'undefined' },
    body: JSON.stringify({ post: [{ id: 'c0000000-0000-4000-8000-000000000009', name: 'batched', run_type: 'chain', inputs: {}, start_time: Date.now(), trace_id: 'c0000000-0000-4000-8000-000000000009', dotted_order: '20260101T000000000000Zc0000000-0000-4000-8000-000000000009' }], patch: [] })
  })
  t.equal(response.status, 202)
  t.match(sandbox.runs('us'), [{ name: 'batched' }])
  checkSwap(t, sandbox.requests, keyOf('good-us'))
})

t.test('with a client key in LANGSMITH_API_KEY the SDK traces and reads, as who it is; with another key it is told', async (t) => {
  const said = listen(t)
  const { live, keys: { ana = '' } } = await makeClients(t, { ana: {} })
  const { url, sandbox, proxy } = await startStage(t, live)
  process.env.LANGSMITH_ENDPOINT = url
  process.env.LANGSMITH_API_KEY = ana
  t.teardown(() => { delete process.env.LANGSMITH_ENDPOINT; delete process.env.LANGSMITH_API_KEY })
  const client = new Client({ callerOptions: { maxRetries: 0 } })
  const traced = traceable(async (text: string) => text.toUpperCase(), { name: 'traced', client, tracingEnabled: true, project_name: 'of-ana' })
  t.equal(await traced('hello'), 'HELLO')
  await client.awaitPendingTraceBatches()
  t.match(await client.readProject({ projectName: 'of-ana' }), { name: 'of-ana' })
  t.match(sandbox.runs('us'), [{ name: 'traced' }])
  checkSwap(t, sandbox.requests, keyOf('good-us'))
  t.equal(said(), '')
  const completed = proxy.events.filter((event) => event.event === 'request.completed')
  t.ok(completed.length > 0 && completed.every((event) => event.client === 'ana'))

  const count = sandbox.requests.length
  for (const apiKey of [keyOf('good-us'), `${ana}x`]) {
    await t.rejects(clientOf(url, apiKey).readProject({ projectName: 'of-ana' }), { message: /client-key-unknown/ })
  }
  t.equal(sandbox.requests.length, count, 'and nothing went up')
})

t.test('what LangSmith refuses reaches the SDK as LangSmith said it', async (t) => {
  listen(t)
  const { url, sandbox } = await startStage(t)
  const client = clientOf(url)
  await t.rejects(client.readProject({ projectName: 'nothing-like-it' }), { message: /not found|404/i })
  t.ok(sandbox.requests.length > 0)
})

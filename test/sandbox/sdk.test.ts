import t, { type Test } from 'tap'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, RunTree } from 'langsmith'
import { traceable } from 'langsmith/traceable'
import { keyOf, sandboxFor, workspaceOf } from './support.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

// The real SDK, as published, speaks to the sandbox directly.

function clientFor (sandbox: Sandbox, key = keyOf('good-us'), options: { workspaceId?: string } = {}): Client {
  return new Client({ apiUrl: sandbox.regions.us.url, apiKey: key, callerOptions: { maxRetries: 0 }, autoBatchTracing: true, ...options })
}

/** The SDK says on the console what it could not send; this keeps it for the test. */
function listen (t: Test): () => string {
  const warnings = t.capture(console, 'warn')
  const errors = t.capture(console, 'error')
  return () => [...warnings(), ...errors()].flatMap(({ args }) => args.map(String)).join('\n')
}

t.test('the SDK is told why a key is refused', async (t) => {
  listen(t)
  const sandbox = await sandboxFor(t)
  await t.rejects(clientFor(sandbox, keyOf('revoked-us')).readProject({ projectName: 'x' }), { message: /403/ })
  await t.rejects(clientFor(sandbox, keyOf('viewer-us')).createProject({ projectName: 'x' }), { message: /403/ })
  await t.rejects(clientFor(sandbox, keyOf('org-scoped-us')).createProject({ projectName: 'x' }), { message: /org-scoped/ })
  await t.resolves(clientFor(sandbox, keyOf('org-scoped-us'), { workspaceId: workspaceOf('production') }).createProject({ projectName: 'x' }))
})

t.test('single runs, projects and feedback go round', async (t) => {
  listen(t)
  const sandbox = await sandboxFor(t)
  const client = clientFor(sandbox)
  const id = 'c0000000-0000-4000-8000-000000000001'

  await client.createRun({ id, name: 'single', run_type: 'tool', inputs: { a: 1 }, project_name: 'by-sdk' })
  await client.updateRun(id, { outputs: { b: 2 }, end_time: Date.now() })
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- most programs out there still use it
  t.match(await client.readRun(id), { id, name: 'single', inputs: { a: 1 }, outputs: { b: 2 }, status: 'success' })

  const project = await client.readProject({ projectName: 'by-sdk' })
  t.match(project, { name: 'by-sdk', tenant_id: workspaceOf('research') })
  const names: (string | undefined)[] = []
  for await (const { name } of client.listProjects()) names.push(name)
  t.same(names, ['by-sdk'])

  await client.createFeedback({ runId: id, sessionId: project.id, key: 'quality', score: 0.5 })
  const keys: string[] = []
  for await (const { key } of client.listFeedback({ runIds: [id] })) keys.push(key)
  t.same(keys, ['quality'])

  const found: (string | undefined)[] = []
  for await (const run of client.runs.query({ project_ids: [project.id], selects: ['NAME'] })) found.push(run.name)
  t.same(found, ['single'], 'and the v2 methods')
})

for (const packed of [true, false]) {
  t.test(`traces arrive as multipart, ${packed ? 'packed by gzip' : 'unpacked'}`, async (t) => {
    process.env.LANGSMITH_DISABLE_RUN_COMPRESSION = String(!packed)
    t.teardown(() => { delete process.env.LANGSMITH_DISABLE_RUN_COMPRESSION })
    const said = listen(t)
    const sandbox = await sandboxFor(t)
    const client = clientFor(sandbox)
    const child = traceable(async (text: string) => text.toUpperCase(), { name: 'child', client, tracingEnabled: true, project_name: 'traced' })
    const parent = traceable(async (text: string) => { await delay(1); return await child(text) }, { name: 'parent', client, tracingEnabled: true, project_name: 'traced' })

    t.equal(await parent('hello'), 'HELLO')
    await client.awaitPendingTraceBatches()

    const uploads = sandbox.requests.filter(({ url }) => url === '/runs/multipart')
    t.ok(uploads.length > 0)
    const gzip = uploads.every(({ rawHeaders }) => rawHeaders.includes('gzip') && rawHeaders.some((name) => name.toLowerCase() === 'content-encoding'))
    t.equal(gzip, packed)
    t.notOk(sandbox.requests.some(({ url }) => url === '/runs/batch'), 'the SDK did not fall back')

    const runs = sandbox.runs('us')
    t.match(runs.find(({ name }) => name === 'parent'), { inputs: { input: 'hello' }, outputs: { outputs: 'HELLO' }, status: 'success', parent_run_id: null })
    t.match(runs.find(({ name }) => name === 'child'), { parent_run_id: runs.find(({ name }) => name === 'parent')?.id, status: 'success' })
    t.equal(said(), '', 'the SDK had nothing to complain about')
  })
}

t.test('a run with attachments arrives', async (t) => {
  listen(t)
  const sandbox = await sandboxFor(t)
  const client = clientFor(sandbox)
  const run = new RunTree({ name: 'with-picture', client, tracingEnabled: true, attachments: { pic: ['image/png', new Uint8Array([137, 80, 78, 71, 13, 10])] } })
  await run.postRun()
  await client.awaitPendingTraceBatches()
  t.match(sandbox.runs('us'), [{ name: 'with-picture', attachments: { pic: { content_type: 'image/png', bytes: 6 } } }])
})

t.test('traces of a key that may not write are lost, and the SDK only says so', async (t) => {
  const said = listen(t)
  const sandbox = await sandboxFor(t)
  const client = clientFor(sandbox, keyOf('viewer-us'))
  await traceable(async () => 1, { name: 'lost', client, tracingEnabled: true })()
  await client.awaitPendingTraceBatches()
  t.same(sandbox.runs('us'), [])
  t.match(said(), /403/)
})

t.test('without a key the SDK sends the text "undefined", an unknown key', async (t) => {
  const said = listen(t)
  const sandbox = await sandboxFor(t)
  const client = new Client({ apiUrl: sandbox.regions.us.url, apiKey: '', callerOptions: { maxRetries: 0 }, autoBatchTracing: true })
  await traceable(async () => 1, { name: 'lost', client, tracingEnabled: true })()
  await client.awaitPendingTraceBatches()
  const upload = sandbox.requests.find(({ url }) => url === '/runs/multipart')
  t.ok(upload?.rawHeaders.includes('undefined'))
  t.match(said(), /403/)
})

// A team behind one proxy: LangSmith's SDKs, curl and an OpenTelemetry exporter, each with a client key and a role of its
// own. What a role allows goes up with the key that all share; what it denies is told where the tool shows it.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Client } from 'langsmith'
import { traceable } from 'langsmith/traceable'
import t from 'tap'
import type { Test } from 'tap'
import { makeTeamStage } from './team-stage.ts'

const run = promisify(execFile)
const MISSING = {
  curl: await run('curl', ['--version']).then(() => false, () => 'curl is not installed here'),
  python: await run('python3', ['-c', 'import langsmith']).then(() => false, () => 'needs the Python SDK (pip install langsmith)')
}

// SDKs and exporters read keys and addresses of the person who runs the tests from the environment and from HOME.
for (const name of Object.keys(process.env)) if (/^(?:LANG(?:SMITH|CHAIN)_|OTEL_)/.test(name)) Reflect.deleteProperty(process.env, name)
process.env.HOME = t.testdir()

const stage = await makeTeamStage(t)
const keys = {
  app: await stage.add('app', '--role', 'no-delete'),
  viewer: await stage.add('viewer', '--role', 'read-only'),
  collector: await stage.add('collector', '--role', 'ingest-only', '--routes', '/'),
  notebook: await stage.add('notebook', '--role', 'read-only', '--routes', '/eu')
}
await stage.start()
const { url, sandbox } = stage

/** Sets variables for what one test makes. */
function setEnvironment (t: Test, variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables)
  t.teardown(() => { for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name) })
}

const outcomes = (records: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] => records.map(({ method, about, status, code }) => [method, about, status, code])

t.test('the SDK with no-delete traces and reads; a delete is told to its caller', async (t) => {
  setEnvironment(t, { LANGSMITH_ENDPOINT: url, LANGSMITH_API_KEY: keys.app })
  const client = new Client({ callerOptions: { maxRetries: 0 } })
  const traced = traceable(async (text: string) => text.toUpperCase(), { name: 'of-app', client, tracingEnabled: true, project_name: 'shared' })
  t.equal(await traced('hello'), 'HELLO')
  await client.awaitPendingTraceBatches()
  t.match(sandbox.runs('us'), [{ name: 'of-app' }])
  const { id } = await client.readProject({ projectName: 'shared' })
  const count = sandbox.requests.length
  const message = /403.*langsmith-proxy: role-denied.*the role \\"no-delete\\" does not allow this DELETE on projects.*ask the person who runs this proxy/
  await t.rejects(client.deleteProject({ projectId: id }), { status: 403, message })
  t.equal(sandbox.requests.length, count, 'nothing went up')
  const records = await stage.recordsOf(t, 'app', count + 1)
  t.match(records.at(-1), { method: 'DELETE', about: 'projects', ids: [id], status: 403, source: 'proxy', code: 'role-denied' })
  t.ok(records.slice(0, -1).every(({ source, code }) => source === 'upstream' && code === null))
})

t.test('curl with read-only reads, however it shows the key; a write is explained in what it prints', { skip: MISSING.curl }, async (t) => {
  const count = sandbox.requests.length
  const ways = [['-H', `X-API-Key: ${keys.viewer}`], ['-H', `Authorization: Bearer ${keys.viewer}`], ['-u', `viewer:${keys.viewer}`], ['-u', `:${keys.viewer}`]]
  for (const way of ways) {
    const { stdout } = await run('curl', ['-sSi', ...way, `${url}/api/v1/sessions?limit=1`])
    t.match(stdout, /^HTTP\/1\.1 200 .*"name":"shared"/s)
    t.match(stdout, /^x-langsmith-proxy: upstream\r$/m)
    const denied = await run('curl', ['-sSi', ...way, '-d', '{"name":"x","run_type":"chain"}', `${url}/runs`])
    t.match(denied.stdout, /^HTTP\/1\.1 403 Forbidden \(langsmith-proxy: role-denied\)\r\n/)
    t.match(denied.stdout, 'the role \\"read-only\\" does not allow this POST on runs')
  }
  await t.rejects(run('curl', ['-sSf', ...ways[0] ?? [], '-X', 'DELETE', `${url}/eu/api/v1/sessions/x`]), { code: 22, stderr: /403/ })
  t.equal(sandbox.requests.length, count + ways.length, 'only the reads went up')
  const both = [['GET', 'projects', 200, null], ['POST', 'runs', 403, 'role-denied']]
  t.strictSame(outcomes(await stage.recordsOf(t, 'viewer', 9)), [...ways.flatMap(() => both), ['DELETE', 'projects', 403, 'role-denied']])
})

t.test('an OpenTelemetry exporter with ingest-only exports to its route, and reports why it may not use another', async (t) => {
  const told: unknown[] = []
  for (const path of ['/otel', '/eu/otel']) {
    setEnvironment(t, { OTEL_EXPORTER_OTLP_ENDPOINT: url + path, OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${keys.collector}` })
    const exporter = new OTLPTraceExporter()
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor({
      export (spans, done) { exporter.export(spans, (result) => { told.push(result.error); done(result) }) },
      shutdown: () => exporter.shutdown()
    })] })
    provider.getTracer('test').startSpan(path).end()
    await provider.forceFlush().catch(() => {}) // what it says is in `told`
    await provider.shutdown()
  }
  t.equal(told[0], undefined)
  t.match(told[1], { message: 'Forbidden (langsmith-proxy: role-denied)', data: /client collector may use route \/ only/ })
  t.match(sandbox.runs('us').at(-1), { name: '/otel' })
  t.strictSame(sandbox.runs('eu'), [])

  setEnvironment(t, { LANGSMITH_ENDPOINT: url, LANGSMITH_API_KEY: keys.collector })
  await t.rejects(new Client({ callerOptions: { maxRetries: 0 } }).readProject({ projectName: 'shared' }), { message: /the role \\"ingest-only\\" does not allow this GET on projects/ })
  const denied = ['role-denied', 403] as const
  t.match((await stage.recordsOf(t, 'collector', 3)).map(({ route, code, status }) => [route, code, status]), [['/', null, 200], ['/eu', ...denied], ['/', ...denied]])
})

const NOTEBOOK = `
from langsmith import Client
client = Client()
print([project.name for project in client.list_projects()])
try:
    client.create_dataset("x")
except Exception as error:
    print(error)
`

t.test('the Python SDK with read-only reads from its route, and a write is told to its caller', { skip: MISSING.python }, async (t) => {
  const { stdout } = await run('python3', ['-c', NOTEBOOK], { env: { PATH: process.env.PATH, HOME: t.testdir(), LANGSMITH_ENDPOINT: `${url}/eu`, LANGSMITH_API_KEY: keys.notebook }, timeout: 60_000 })
  t.match(stdout, /^\[\]\n/)
  t.match(stdout, /langsmith-proxy: role-denied/)
  t.match((await stage.recordsOf(t, 'notebook', 2)).at(-1), { method: 'POST', about: 'datasets', route: '/eu', status: 403, code: 'role-denied' })
})

t.test('who is revoked is out, and the others stay in', { skip: MISSING.curl }, async (t) => {
  await stage.revoke('viewer')
  const get = async (key: string): Promise<string> => (await run('curl', ['-sSi', '-H', `X-API-Key: ${key}`, `${url}/info`])).stdout
  t.match(await get(keys.viewer), /^HTTP\/1\.1 401 Unauthorized \(langsmith-proxy: client-key-unknown\)\r\n.*not known here, or not any more/s)
  t.match(await get(keys.collector), /^HTTP\/1\.1 200 /)
})

t.test('the shared keys went up, and no client key is anywhere', async (t) => { stage.checkKeys(t) })

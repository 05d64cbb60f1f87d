// The audit record of a team's proxy, as the process writes it: who did what, and nothing that is a secret.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeClientKey } from '../../../src/access/clients/client-key.ts'
import { refuseLeak } from '../../support/leaks.ts'
import { runProgram } from '../../support/process.ts'
import { TEST_KEY } from '../../support/proxy.ts'
import { AUDIT, linesIn, startTeam } from './support.ts'

const RUN = '0190d5a4-7d3c-7c53-8c1e-5f0e1d2c3b4a'
const SHARE = 'abcdef12-7d3c-7c53-8c1e-5f0e1d2c3b4b'

const FIELDS = ['time', 'reqId', 'client', 'peer', 'route', 'credential', 'method', 'action', 'about', 'ids', 'status', 'source', 'code', 'cut_by', 'bytes_in', 'bytes_out', 'duration_ms']

t.test('a file that cannot be opened stops the start and says why', async (t) => {
  const config = (file: string): string => `audit: { file: "${file}" }\ncredentials: { us: { apiKey: "env:US_KEY" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n`
  const folder = t.testdir()
  mkdirSync(join(folder, 'audit.jsonl'))
  for (const [file, reason] of [['missing/audit.jsonl', 'its folder is not there'], [`${folder}/audit.jsonl`, 'it is a folder'], ['config.yaml/audit.jsonl', 'what should be its folder is a file']] as const) {
    const { code, stderr } = await runProgram(t, ['--config', 'config.yaml', '--port', '0'], { files: { 'config.yaml': config(file) }, env: { US_KEY: TEST_KEY } })
    t.equal(code, 1, reason)
    t.match(stderr, new RegExp(`error: the audit file /.*audit\\.jsonl \\(audit\\.file\\) cannot be opened: ${reason}\nhint: make sure`), reason)
    t.notMatch(stderr, /proxy\.started|listening/)
  }
})

t.test('who did what is one line each; strangers and pages that were shown leave none', async (t) => {
  const { program, call, keys: { ana, bo, root }, records, path, clients } = await startTeam(t)
  const secrets = { 'user-agent': 'canary-agent', 'x-other': 'canary-header' }
  t.equal(await call('/runs'), 401)
  t.equal(await call('/runs', { key: makeClientKey('ana') }), 401)
  t.equal(await call('/-/live'), 200)
  t.equal(await call('/-/metrics', { key: root }), 200)

  t.equal(await call(`/api/v1/runs/${RUN}?session=canary-query`, { key: ana, method: 'DELETE', headers: secrets }), 200)
  t.equal(await call(`/eu/datasets/${RUN.toUpperCase()}`, { key: bo, method: 'DELETE' }), 403)
  t.equal(await call('/api/v1/runs/query', { key: bo, method: 'POST', body: '{"canary":"body"}', headers: secrets }), 200)
  t.equal(await call('/-/metrics', { key: bo }), 403)
  t.equal(await call(`/api/v1/public/${SHARE}/run`, { key: ana }), 200)
  t.equal(await call(`/api/v1/${ana}/${TEST_KEY}/canary-path`, { key: ana }), 200)
  t.equal(await call('/api/v1/api-key', { key: ana, method: 'POST' }), 403)
  t.equal(await call('/down/sessions', { key: ana }), 502)

  await program.until('eight lines', () => records().length >= 8 || undefined)
  const expected = [
    { client: 'ana', route: '/', method: 'DELETE', action: 'write', about: 'runs', ids: [RUN], status: 200, source: 'upstream', code: null, cut_by: null, peer: /^(?:127\.0\.0\.1|::1)$/, credential: 'us', bytes_out: 2 },
    { client: 'bo', route: '/eu', method: 'DELETE', action: 'write', about: 'datasets', ids: [RUN], status: 403, source: 'proxy', code: 'role-denied', credential: 'us' },
    { client: 'bo', route: '/', method: 'POST', action: 'read', about: 'runs', ids: [], status: 200, bytes_in: 17 },
    { client: 'bo', route: null, credential: null, method: 'GET', about: null, status: 403, code: 'role-denied' },
    { client: 'ana', method: 'GET', about: 'shared runs and datasets', ids: [], status: 200 },
    { client: 'ana', method: 'GET', about: null, ids: [], status: 200 },
    { client: 'ana', method: 'POST', about: 'API keys', status: 403, code: 'endpoint-closed' },
    { client: 'ana', route: '/down', about: 'projects', status: 502, source: 'proxy', code: 'upstream-unreachable' }
  ]
  t.equal(records().length, expected.length)
  for (const [at, record] of records().entries()) {
    t.match(record, { ...expected[at], time: /^20\d\d-.*Z$/, reqId: /^[0-9a-f]{12}-/, duration_ms: Number }, `line ${String(at + 1)}`)
    t.strictSame(Object.keys(record), FIELDS)
  }
  for (const { reqId } of records()) { // the log gathers its lines, so they may come a little later
    t.ok(await program.until(`${String(reqId)} in the log`, () => program.lines('request.completed').find((line) => line.reqId === reqId)), 'the log has the same ID')
  }

  t.equal(statSync(path('audit.jsonl')).mode & 0o777, 0o600)
  const text = readFileSync(path('audit.jsonl'), 'utf8')
  refuseLeak('the record', text, ana, bo, root, TEST_KEY, ...[...clients.matchAll(/[0-9a-f]{64}/g)].map(([hash]) => hash))
  t.notMatch(text, new RegExp(`canary|${SHARE}|session=`))
})

t.test('where nobody needs a client key all are recorded; a file that is there is appended to, and keeps its mode', async (t) => {
  const file = join(t.testdir(), 'audit.jsonl')
  writeFileSync(file, '{"before":true}\n', { mode: 0o640 })
  const { program, call, keys: { ana } } = await startTeam(t, '', { env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'false', LANGSMITH_PROXY_AUDIT_FILE: file } })
  t.equal(await call('/runs'), 200)
  t.equal(await call('/runs', { key: ana }), 200)
  await program.until('two more lines', () => linesIn(file).length === 3 || undefined)
  t.match(linesIn(file), [{ before: true }, { client: null, route: '/', status: 200 }, { client: 'ana' }])
  t.equal(statSync(file).mode & 0o777, 0o640)
})

t.test('after a clean end the record is whole, with what was cut', async (t) => {
  const { program, call, keys: { ana }, records } = await startTeam(t, `${AUDIT}\ndrain: { deadline: 200ms }`)
  const hanging = call(`/runs/${RUN}/hangs`, { key: ana })
  const many = await Promise.all(Array.from({ length: 200 }, () => call('/sessions', { key: ana })))
  program.child.kill('SIGTERM')
  t.equal((await program.end()).code, 0)
  t.equal(await hanging, 0)
  t.equal(many.filter((status) => status === 200).length, 200)
  t.equal(records().filter(({ about, status }) => about === 'projects' && status === 200).length, 200)
  t.match(records().filter(({ about }) => about === 'runs'), [{ ids: [RUN], cut_by: 'proxy', status: 200, bytes_out: Number }])
  t.strictSame(program.lines('audit.lost'), [])
})

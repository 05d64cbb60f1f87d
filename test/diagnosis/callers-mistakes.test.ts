// Answers that look like those of a known cause, but are a caller's own affair: nothing is said, or nothing that is not so.

import t from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { KNOWN_ANSWERS } from '../../src/sandbox/known-answers.ts'
import { evidenceOf, otherRoute, type Refusal } from './support.ts'

const HTML = 'text/html'
const RUN = '/runs/3f0c0000-0000-4000-8000-000000000001'
const PAGE: Refusal = { status: 405, type: HTML, body: KNOWN_ANSWERS.B21.body }
const WORKED = { readWorked: 60_000 }

function invalid (loc: readonly (string | number)[], msg: string): Pick<Refusal, 'status' | 'body'> {
  return { status: 422, body: JSON.stringify({ detail: [{ loc, msg }] }) }
}

function codesOf (given: Refusal): readonly string[] {
  return diagnose(evidenceOf(given)).causes.map(({ code, confidence }) => `${code} ${confidence}`)
}

t.test('a field that is missing, elsewhere, or in a query is a caller\'s own mistake', async (t) => {
  const cases: readonly Refusal[] = [
    { ...invalid(['query', 'session_id'], 'Field required'), path: `/api/v1${RUN}` },
    { ...invalid(['path', 'session_id'], 'Input should be a valid UUID, invalid character'), path: '/api/v1/sessions/foo' },
    { ...invalid(['body', 'session_id'], 'List should have at most 10 items'), method: 'POST', path: '/api/v1/charts' },
    { ...invalid(['body', 'session_id'], 'Input should be a valid UUID'), method: 'POST', path: '/api/v1/runs/query' },
    { ...invalid(['body', 'session_id'], 'Field required'), method: 'POST', path: '/runs' },
    { status: 404, body: '{"detail":"Session with session_id 3f0c0000-0000-4000-8000-000000000001 not found"}', method: 'DELETE', path: '/api/v1/sessions/3f0c0000-0000-4000-8000-000000000001' },
    { ...invalid(['body', 'run_type'], 'Input should be tool, chain or llm'), method: 'POST', path: '/api/v1/runs/query' },
    { ...invalid(['body', 'run_type'], 'Field required'), method: 'POST', path: '/runs' },
    { ...invalid(['body', 'run_type'], 'value is missing'), method: 'POST', path: '/runs' },
    { status: 422, body: '{"detail":"Invalid filter: eq(run_type, \\"x\\")"}', method: 'POST', path: '/runs' },
    { status: 409, body: '{"error":"Conflict: trace is being deleted, retry later"}', method: 'POST', path: '/runs/batch' },
    { status: 409, body: '{"detail":"project does not exist"}', method: 'POST', path: '/runs/batch' }
  ]
  for (const given of cases) t.same(codesOf(given), [], JSON.stringify(given))
})

t.test('a path that does not exist is no OpenTelemetry path, unless an exporter calls it', async (t) => {
  const cases: readonly Refusal[] = [
    { path: '/api/v1/traces' }, { path: '/v2/traces/x' }, { path: '/otel/v1/traces', selfHosted: true }, { path: '/api/v1/traces', method: 'POST' },
    { path: '/x/v1/metrics', method: 'POST' }, { path: '/api/v1/otel/v1/traces', method: 'POST', selfHosted: true }
  ]
  for (const given of cases) t.same(codesOf({ status: 404, body: '{"detail":"Not Found"}', ...given }), [], JSON.stringify(given))
  for (const path of ['/v1/metrics', '/api/v1/logs']) t.same(codesOf({ status: 404, body: '', path, method: 'POST' }), ['otlp-path likely'], path)
})

t.test('pages of a server that is known to be LangSmith, or for paths that nobody knows, say nothing about the address', async (t) => {
  const cases: readonly Refusal[] = [
    { ...PAGE, method: 'DELETE', selfHosted: true, history: WORKED },
    { ...PAGE, method: 'DELETE', history: { writeWorked: 0 } },
    { ...PAGE, method: 'DELETE', selfHosted: true, others: [otherRoute({ upstreamHost: 'langsmith.internal.example.com' })] },
    { ...PAGE, method: 'DELETE', selfHosted: true, findings: { isApi: true } },
    { ...PAGE, status: 404, path: '/api/v1/sesions' },
    { ...PAGE, status: 404, path: '/foo', selfHosted: true },
    { ...PAGE, status: 200, path: '/api/v1/attachments/abc' },
    { ...PAGE, status: 400, selfHosted: true }
  ]
  for (const given of cases) t.same(codesOf(given), [], JSON.stringify(given))
  for (const path of ['/info', '/runs/multipart', '/settings']) t.same(codesOf({ ...PAGE, path, selfHosted: true }), ['endpoint-not-api likely'], path)
})

t.test('who refuses in LangSmith\'s form is a LangSmith, though not the main API', async (t) => {
  const deployments: Refusal = { body: KNOWN_ANSWERS.B7.body, path: '/v2/deployments', selfHosted: true, findings: { isApi: false } }
  t.notOk(codesOf(deployments).some((code) => code.startsWith('endpoint-not-api')))
  t.same(codesOf({ ...deployments, status: 404, body: '{"detail":"Not Found"}' }), [])
  t.same(codesOf({ ...deployments, body: '{"message":"Forbidden"}', history: WORKED }), ['intermediary likely'])
})

t.test('a limit of a server in between is not one of the key', async (t) => {
  const body = '<html><head><title>429 Too Many Requests</title></head><body><center>nginx</center></body></html>'
  const { causes: [cause] } = diagnose(evidenceOf({ status: 429, type: HTML, body, headers: ['Retry-After', '10'] }))
  t.match(cause, { code: 'rate-limit', confidence: 'likely', summary: /^Probably nginx between the proxy and LangSmith/, fix: /^wait 10 seconds/ })
  t.notMatch(cause?.summary, /the key/)
  t.match(diagnose(evidenceOf({ status: 429, type: 'text/plain', body: 'slow down' })).summary, /^Possibly something between the proxy and LangSmith/)
})

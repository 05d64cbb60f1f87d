import t from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import { NO_RULE } from '../../src/diagnosis/no-rule.ts'
import { RULES } from '../../src/diagnosis/rules.ts'
import { KNOWN_ANSWERS, type AnswerId } from '../../src/sandbox/known-answers.ts'
import { evidenceOf, otherRoute, type Refusal } from './support.ts'

const ROWS = 42

function recorded (id: AnswerId): Refusal {
  const { status, type, body } = KNOWN_ANSWERS[id]
  return { status, type, body }
}

function diagnosisOf (given: Refusal): Diagnosis {
  return diagnose(evidenceOf(given))
}

t.test('each of the 42 rows of the facts has rules, or a reason why not', async (t) => {
  for (let row = 1; row <= ROWS; row++) {
    const codes = RULES.filter(({ rows }) => rows.includes(row)).map(({ code }) => code)
    t.equal(Number(codes.length > 0) + Number(NO_RULE[row] !== undefined), 1, `row ${row}: ${codes.join(', ')} ${NO_RULE[row] ?? ''}`)
  }
  const named = [...RULES.flatMap(({ rows }) => rows), ...Object.keys(NO_RULE).map(Number)]
  t.same(named.filter((row) => row < 1 || row > ROWS), [], 'no rule names a row that is not there')
})

t.test('each rule tells the catalogue all that it shows', async (t) => {
  t.equal(new Set(RULES.map(({ code }) => code)).size, RULES.length, 'no code twice')
  for (const { code, seen, means, remedy, sureness, sources } of RULES) {
    for (const text of [seen, means, remedy, sureness]) t.match(text, /^[A-Z\d`].{10,400}\.\)?$/, `${code}: ${text}`)
    t.ok(sources.length > 0, code)
    for (const source of sources) t.match(source, /^https:\/\/[a-z.-]+\/[\w./#-]*$|^[\w -]+$/i, `${code}: ${source}`)
  }
})

const OTHER_ANSWERS: readonly (Refusal & { readonly what: string, readonly answer?: AnswerId, readonly says: string })[] = [
  { what: 'row 18', answer: 'B13', says: 'usage-limit certain' },
  { what: 'row 18, newer words', answer: 'B14', method: 'POST', path: '/runs/multipart', says: 'usage-limit certain' },
  { what: 'row 19', status: 429, body: '{"detail":"Too many requests"}', headers: ['Retry-After', '7'], says: 'rate-limit likely' },
  { what: '429 without a time', status: 429, body: '', says: 'rate-limit possible' },
  { what: '429 for an hour', status: 429, body: '', headers: ['Retry-After', '3600'], says: 'rate-limit possible' },
  { what: 'row 21, egress proxy', status: 407, body: '<html><title>Proxy Authentication Required</title></html>', type: 'text/html', says: 'egress-refused certain' },
  { what: 'row 24', answer: 'B21', selfHosted: true, says: 'endpoint-not-api likely' },
  { what: 'row 24, the pages answer everything with 200', status: 200, body: '<!doctype html><title>LangSmith</title>', type: 'text/html', selfHosted: true, says: 'endpoint-not-api likely' },
  { what: 'a captive portal before a known API', status: 200, body: '<html><title>Wi-Fi login</title></html>', type: 'text/html; charset=utf-8', says: 'endpoint-not-api likely' },
  { what: 'row 25', answer: 'B22', path: '/api/v1/otel/v1/traces/v1/traces', method: 'POST', says: 'otlp-path certain' },
  { what: 'row 25, doubled without /otel', answer: 'B22', path: '/v1/traces/v1/traces', method: 'POST', says: 'otlp-path certain' },
  { what: 'row 25, base alone', answer: 'B22', path: '/api/v1/otel', method: 'POST', selfHosted: true, says: 'otlp-path likely' },
  { what: 'row 25, metrics', answer: 'B22', path: '/otel/v1/metrics', method: 'POST', says: 'otlp-path likely' },
  { what: 'row 25, self-hosted without its base', answer: 'B22', path: '/otel/v1/traces', method: 'POST', selfHosted: true, says: 'otlp-path likely' },
  { what: 'row 28', answer: 'B15', path: '/commits/name', says: 'prompt-owner-missing certain' },
  { what: 'row 28, as 400', status: 400, body: KNOWN_ANSWERS.B15.body, path: '/commits/name', says: 'prompt-owner-missing certain' },
  { what: 'row 29', answer: 'B16', path: '/commits/None/test', says: 'prompt-owner-unknown likely' },
  { what: 'row 29, the name that people see', status: 404, body: '{"detail":"Repo Workspace 1/test not found"}', says: 'prompt-owner-unknown likely' },
  { what: 'row 31', answer: 'B18', method: 'POST', path: '/runs/multipart', selfHosted: true, says: 'body-too-large-upstream certain' },
  { what: 'row 31 in the cloud', answer: 'B18', method: 'POST', path: '/runs/multipart', says: 'body-too-large-upstream certain' },
  { what: 'row 32', answer: 'B19', method: 'POST', path: '/runs/multipart', says: 'payload-refused certain' },
  { what: 'row 32, as text', status: 422, body: 'field size 26214401 exceeds maximum allowed size of 26214400 bytes\n', type: 'text/plain', method: 'POST', path: '/runs/multipart', says: 'payload-refused certain' },
  { what: 'row 32, integer', answer: 'B20', method: 'POST', path: '/runs', says: 'payload-refused certain' },
  { what: 'row 32, FastAPI list', status: 422, body: '{"detail":[{"loc":["body","run_type"],"msg":"unexpected value","type":"enum"}]}', method: 'POST', path: '/runs', says: 'payload-refused certain' },
  { what: 'row 32, in words', status: 422, body: '{"detail":"`run_type` must be one of tool, chain"}', method: 'PATCH', path: '/runs/1', says: 'payload-refused certain' },
  { what: 'row 33, without a word', status: 409, body: '', method: 'POST', path: '/runs/batch', says: 'already-exists likely' },
  { what: 'row 33', status: 409, body: '{"detail":"Run already exists"}', method: 'POST', path: '/runs', says: 'already-exists likely' },
  { what: 'row 33, B17', answer: 'B17', method: 'POST', path: '/commits/-/name', says: 'already-exists certain' },
  { what: 'row 39', status: 422, body: '{"detail":[{"type":"uuid_parsing","loc":["body",0,"session_id"],"msg":"Input should be a valid UUID","input":"test-session-123"}]}', method: 'POST', path: '/runs', says: 'id-not-known certain' },
  { what: 'row 39, unknown', status: 404, body: '{"detail":"session_id not found"}', method: 'POST', path: '/runs', says: 'id-not-known likely' }
]

t.test('answers that are no refusals are explained where a row is about them', async (t) => {
  for (const { what, answer, says, ...given } of OTHER_ANSWERS) {
    const { code, causes, summary } = diagnosisOf({ ...(answer === undefined ? {} : recorded(answer)), ...given })
    t.same(causes.map((cause) => `${cause.code} ${cause.confidence}`), [says], what)
    t.equal(code, causes[0]?.code, `${what}: one cause is its own code, also when it is only possible`)
    t.match(summary, /^[A-Z][^\n]{20,260}\.$/, what)
    t.match(causes[0]?.fix, /^[a-z][^\n]{10,320}[^.]$/, what)
    t.notMatch(summary + (causes[0]?.fix ?? ''), /test-session|Workspace 1|Wi-Fi|undefined/, `${what}: nothing of the answer`)
  }
})

t.test('a caller\'s own mistakes are left alone', async (t) => {
  const cases: readonly Refusal[] = [
    { status: 404, body: '{"detail":"Session not found"}' },
    { status: 404, body: '{"detail":"Not Found"}', path: '/api/v1/nothing' },
    { status: 404, body: '{"detail":"Repo -/test not found"}', path: '/commits/-/test' },
    { status: 404, body: '{"detail":"Repo acme/test not found"}', path: '/commits/acme/test' },
    { status: 404, body: '404 page not found', type: 'text/plain', path: '/otel/v1/traces' },
    { status: 400, body: '{"detail":"bad request"}' },
    { status: 405, body: '{"detail":"Method Not Allowed"}' },
    { status: 409, body: '{"detail":"Session already exists"}', method: 'POST', path: '/sessions' },
    { status: 422, body: '{"detail":[{"loc":["body","name"],"msg":"field required"}]}', method: 'POST' },
    { status: 422, body: '{"detail":[]}' },
    { status: 422, body: '{"detail":["no"]}' },
    { status: 422, body: '{"detail":[{"loc":"name","msg":"no"}]}' },
    { status: 404, body: '', method: 'HEAD' },
    { status: 200, body: '<html></html>', type: 'text/html', path: '/docs' },
    { status: 200, body: '<html></html>', type: 'text/html', path: '/', selfHosted: true },
    { status: 200, body: '[]' }
  ]
  for (const given of cases) t.same(diagnosisOf(given).causes, [], JSON.stringify(given))
})

t.test('rules for other answers say what is to be done here', async (t) => {
  const shared = diagnosisOf({ status: 429, headers: ['Retry-After', '7'], others: [otherRoute(), otherRoute({ prefix: '/x', sameKey: false })] })
  t.match(shared.summary, /which all tools on its 2 routes share/)
  t.match(shared.causes[0]?.fix, /^wait 7 seconds/)
  t.match(diagnosisOf({ ...recorded('B18'), selfHosted: true }).causes[0]?.fix, /frontend\.maxBodySize/)
  t.notMatch(diagnosisOf({ ...recorded('B18') }).causes[0]?.fix, /maxBodySize/, 'nobody can raise that in the cloud')
  t.match(diagnosisOf({ ...recorded('B21'), selfHosted: true }).causes[0]?.fix, /upstream of route \/eu .*https:\/\/HOST\/api\/v1$/)
  t.match(diagnosisOf({ ...recorded('B21'), headers: ['cf-ray', '1'] }).summary, /nginx between the proxy and LangSmith/, 'words count before headers')
  t.match(diagnosisOf({ status: 404, body: '<html></html>', type: 'text/html', headers: ['X-Squid-Error', '1'] }).summary, /squid between the proxy/)
  t.match(diagnosisOf({ status: 404, body: '<html></html>', type: 'text/html' }).summary, /something between the proxy/)
  t.match(diagnosisOf({ ...recorded('B22'), method: 'POST', path: '/otel/v1/traces/v1/traces' }).causes[0]?.fix, /\/eu\/otel; .*\/eu\/otel\/v1\/traces$/)
})

// What LangSmith says beside a bare word is not overheard, and what is said in its place is true.

import t from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { collectEvidence } from '../../src/diagnosis/evidence.ts'
import { excerptOf } from '../../src/diagnosis/excerpt.ts'
import { itsPages, whereToKeep } from '../../src/diagnosis/words.ts'
import { evidenceOf, known, refusal, type Refusal } from './support.ts'

function diagnosisOf (given: Refusal): ReturnType<typeof diagnose> {
  return diagnose(evidenceOf(given))
}

t.test('a reason that is not known here points at the cause that it names, and is to be read', async (t) => {
  const cases: readonly [what: string, given: Refusal, first: string][] = [
    ['expired, Go', { status: 401, method: 'POST', path: '/runs/batch', body: '{"error":"Unauthorized","message":"API key has expired"}' }, 'key-revoked'],
    ['expired, Python', { body: '{"detail":"API key has expired"}' }, 'key-revoked'],
    ['allowlist', { method: 'POST', path: '/runs/batch', body: '{"error":"Forbidden","message":"IP address 203.0.113.9 is not in the allowlist of this organization"}' }, 'ip-allowlist'],
    ['permission', { method: 'POST', path: '/api/v2/runs/query', type: 'application/problem+json', body: '{"title":"Forbidden","status":403,"detail":"Missing permission runs:read","remedy":"Ask an admin"}' }, 'permission-missing'],
    ['permission, of a key of unknown shape', { kind: 'other', defects: ['unknown-shape'], body: '{"detail":"Missing permission runs:read"}' }, 'permission-missing']
  ]
  for (const [what, given, first] of cases) {
    const { code, summary, causes: [cause] } = diagnosisOf(given)
    t.match(cause, { code: first, confidence: 'possible' }, what)
    t.equal(code, 'key-or-workspace-refused', what)
    t.match(summary, /for a reason that is not known here, so read its own words/, what)
    t.notMatch(summary, /expired|allowlist|runs:read|admin/, `${what}: nothing of the answer`)
  }
})

t.test('two bare words are no more than one', async (t) => {
  t.match(diagnosisOf({ status: 401, body: '{"error":"Unauthorized","message":"Invalid token"}' }).code, 'key-not-seen')
  t.match(diagnosisOf({ body: '{"title":"Forbidden","status":403,"detail":"Forbidden."}' }).summary, /gave no reason/)
  t.equal(diagnosisOf({ body: '{"error":"Forbidden","message":"Forbidden - no plan found"}' }).code, 'no-plan')
})

t.test('the remedy that LangSmith gives is in the excerpt', async (t) => {
  const body = '{"title":"Forbidden","status":403,"detail":"Missing permission","remedy":"Ask an admin"}'
  const excerpt = (text: string): string => excerptOf(evidenceOf({ body: text }), (whole) => whole)
  t.equal(excerpt(body), 'Missing permission; Forbidden; Ask an admin')
  t.equal(excerpt(body.slice(0, -7)), 'Missing permission; Forbidden; Ask an…')
})

t.test('the general sentence counts the causes, and ranks only several', async (t) => {
  t.match(diagnosisOf({ body: '{"error":"Forbidden"}' }).summary, /gave no reason; 5 causes are possible, the most usual first\.$/)
  t.match(diagnosisOf({ status: 401, body: '{"detail":"Something new"}' }).summary, /read its own words\.$/)
})

t.test('a base path of the upstream is not taken for a part of the API', async (t) => {
  const at = (path: string, basePath: string, given: Refusal = {}): ReturnType<typeof diagnose> => {
    const exchange = refusal({ body: '{"error":"Forbidden"}', path, ...given })
    const upstream = { ...exchange.route.upstream, basePath }
    return diagnose(collectEvidence({ ...exchange, route: { ...exchange.route, upstream } }, known(given)))
  }
  const codes = (diagnosis: ReturnType<typeof diagnose>): readonly string[] => diagnosis.causes.map(({ code }) => code)
  t.match(at('/langsmith/api/v1/runs/batch', '/langsmith', { method: 'POST' }).causes.find(({ code }) => code === 'permission-missing')?.summary, /it needs runs:create/)
  t.equal(codes(at('/langsmith/api/v1/me', '/langsmith'))[0], 'endpoint-needs-login')
  t.notOk(codes(at('/langsmith/me', '/lang')).includes('endpoint-needs-login'), 'only whole segments')
  t.equal(codes(at('/api/v1/me', '/langsmith'))[0], 'endpoint-needs-login', 'a path without the base stays as it is')
  t.match(at('/langsmith/api/v1/otel/v1/traces', '/langsmith', { status: 404, method: 'POST', selfHosted: true }).causes, [])
})

t.test('what is not sure does not sound so, and what is likely does not sound only possible', async (t) => {
  t.match(diagnosisOf({ body: '{"message":"Forbidden"}' }).causes[0], { confidence: 'likely', summary: /^Probably this answer was written by/ })
  t.match(diagnosisOf({ body: '{"message":"Forbidden"}', selfHosted: true, findings: { isApi: false } }).causes[0], { code: 'endpoint-not-api', confidence: 'likely', summary: /^Probably there is no LangSmith API/ })
  t.match(diagnosisOf({ body: '<html></html>', type: 'text/html', status: 405, selfHosted: true }).causes[0], { confidence: 'likely', summary: /^Probably there is no LangSmith API/ })
})

t.test('a new key is kept where keys of that kind are kept', async (t) => {
  t.equal(whereToKeep('store:eu'), 'store it with "langsmith-proxy secrets set eu"')
  t.match(whereToKeep('exec:/usr/bin/op …'), /^put it where the program \/usr\/bin\/op finds it$/)
  t.match(whereToKeep('vault:secret/langsmith'), /^put it into Vault at secret\/langsmith$/)
  t.equal(whereToKeep('env:KEY'), 'store it as env:KEY')
  t.equal(whereToKeep('file:/run/key'), 'store it as file:/run/key')
  t.match(diagnosisOf({ status: 401, body: '{"detail":"Using legacy API key. Please generate a new API key."}' }).causes[0]?.fix, /, and store it as env:TEAM_KEY$/)
})

t.test('a loopback address has no pages of its own', async (t) => {
  const { route } = evidenceOf({})
  const at = (upstreamHost: string): string => itsPages({ ...evidenceOf({}), route: { ...route, upstreamHost } })
  for (const host of ['127.0.0.1:5771', '[::1]:5771', 'localhost']) t.equal(at(host), `the web pages of the LangSmith that ${host} leads to`)
  t.equal(at('langsmith.example.com:8443'), 'the web pages of langsmith.example.com:8443')
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { failure, load, ONE_ROUTE } from './load-settings.ts'
import { parseRoleRule } from '../../src/config/role-rule.ts'
import { METHODS } from '../../src/guard/methods.ts'

/** A file with one role; line 4 is its list. */
function withRole (rules: string, { name = 'reader', more = '' } = {}): string {
  return `${ONE_ROUTE.trim()}
roles:
  ${name}: { allow: ${rules}${more} }
`
}

t.test('a line of a role that says something else than it seems is refused with its line in the file', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['GET', /must be a method in capitals \(or \*\) and a path/],
    ['/sessions', /must be a method/],
    ['get /sessions', /must be a method in capitals/],
    ['CONNECT /sessions', /must be a method/],
    ['GET sessions', /must be a method/],
    ['GET /sessions /runs', /must be a method/],
    ['GET /sessions/{session_id}', /must have \* where the documentation of LangSmith has a name in braces/],
    ['GET /sessions/', /nor end with \//],
    ['GET /sessions//x', /must not have an empty segment/],
    ['GET //', /must not have an empty segment/],
    ['GET /sessions/../runs', /no segment of dots alone/],
    ['GET /sessions?limit=1', /no query and no escapes/],
    ['GET /a%20b', /no escapes/],
    ['GET /(a|b)+', /must have only letters/],
    ['GET /sessions/a**', /must have \*\* as a segment of its own/],
    ['GET /***', /must have \*\* as a segment of its own/],
    ['GET /api/v1/sessions', /must have no \/api, version or \/platform before the path: \/runs is also \/api\/v1\/runs/],
    ['GET /API', /must have no \/api/],
    ['* /v2/**', /must have no \/api/],
    ['GET /platform/datasets', /must have no \/api/]
  ]
  for (const [rule, reason] of cases) {
    const { message } = failure(t, { file: withRole(`["GET /info", "${rule}"]`) })
    t.match(message, /^config\.yaml:4 roles\.reader\.allow\[1\]: /, rule)
    t.match(message, reason, rule)
    t.notMatch(message, rule.includes('canary') ? /canary/ : /session_id/, 'the value is not shown')
    t.match(failure(t, { file: withRole('[]', { more: `, deny: ["${rule}"]` }) }).message, /^config\.yaml:4 roles\.reader\.deny\[0\]: /, `deny: ${rule}`)
  }
})

t.test('a role needs a list, a name of its own and a mode that there is', async (t) => {
  for (const name of ['full', 'no-delete', 'read-only', 'ingest-only', 'admin', 'Read_Only', 'READONLY', 'noDelete']) {
    t.match(failure(t, { file: withRole('[]', { name }) }).message, /^config\.yaml:4 roles\.[\w-]+: is a role of the proxy itself \(full, no-delete, read-only, ingest-only, admin\)/, name)
  }
  t.match(failure(t, { file: withRole('[]', { name: '9lives' }) }).message, /a name must start with a letter/)
  t.match(failure(t, { file: withRole('[]', { name: 'lsv2_pt_canary' }) }).message, /roles\.\(name not shown\)/)
  t.match(failure(t, { file: withRole('GET /info') }).message, /allow: must be a list of methods and paths/)
  t.match(failure(t, { file: `${ONE_ROUTE}roles: { reader: {} }` }).message, /roles\.reader\.allow: is missing; must be a list/)
  t.match(failure(t, { file: withRole('[]', { more: ', mode: warn' }) }).message, /mode: must be one of enforce, report/)
  t.match(failure(t, { file: withRole('[]', { more: ', dney: []' }) }).message, /did you mean deny\?/)
  t.match(failure(t, { file: withRole('["GET", "POST"]') }).message, /2 mistakes/, 'all at once')
})

t.test('the policy of a route is the name of a role', async (t) => {
  const withPolicy = (policy: string, roles = ''): string => `${ONE_ROUTE.replace('credential: us }', `credential: us, policy: ${policy} }`)}${roles}`
  t.match(failure(t, { file: withPolicy('read-onyl') }).message, /^config\.yaml:3 routes\[0\]\.policy: there is no role of this name; did you mean read-only\?$/)
  t.match(failure(t, { file: withPolicy('admin') }).message, /admin is a role of clients; full allows the same here/)
  t.match(failure(t, { file: withPolicy('constructor') }).message, /there is no role of this name/)
  t.match(failure(t, { file: withPolicy('evalator', 'roles: { evaluator: { allow: [GET] } }') }).message, /did you mean evaluator\?/, 'also when that role has a mistake of its own')
  t.match(failure(t, { file: withPolicy('evaluator', 'roles: { evaluator: { allow: [GET] } }') }).message, /^config\.yaml:4 roles\.evaluator\.allow\[0\]/, 'and then there is no second mistake')
  t.equal(load(t, { file: withPolicy('read-only') }).routes[0]?.policy, 'read-only')
  t.equal(load(t, { file: withPolicy('evaluator', 'roles: { evaluator: { allow: [] } }') }).routes[0]?.policy, 'evaluator')
  t.equal(load(t, { file: ONE_ROUTE }).routes[0]?.policy, undefined)
})

t.test('roles are read as methods and segments, enforced unless they say otherwise', async (t) => {
  t.strictSame(load(t, { file: ONE_ROUTE }).roles, [])
  t.strictSame(load(t, { env: { LANGSMITH_API_KEY: 'x' } }).roles, [])
  t.strictSame(load(t, { file: withRole('["GET /Sessions/**", "*   /runs/*-x", "GET /"]', { more: ', mode: report, deny: ["DELETE /**"]' }) }).roles, [{
    name: 'reader', mode: 'report',
    allow: [{ method: 'GET', segments: ['sessions', '**'] }, { method: '*', segments: ['runs', '*-x'] }, { method: 'GET', segments: [] }],
    deny: [{ method: 'DELETE', segments: ['**'] }]
  }])
  t.match(load(t, { file: withRole('[]') }).roles, [{ mode: 'enforce', allow: [], deny: [] }])
  for (const method of METHODS) t.match(parseRoleRule(`${method} /x`), { value: { method } })
})

t.test('the example in docs/roles.md is a config that loads', async (t) => {
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8')) ?? []
  const { roles, routes } = load(t, { file: `credentials: { us: { apiKey: "env:K" } }\n${example}` })
  t.match({ roles, routes }, { roles: [{ name: 'evaluator', mode: 'report' }], routes: [{ policy: 'evaluator' }] })
})

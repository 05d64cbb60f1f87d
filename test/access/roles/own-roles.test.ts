import t from 'tap'
import fc from 'fast-check'
import { judgeRoles, policyOf } from '../../../src/access/roles/judge-roles.ts'
import type { WouldDeny } from '../../../src/access/roles/judge-roles.ts'
import { judgeRole, ownRoles, roleNamed } from '../../../src/access/roles/judge.ts'
import type { Role } from '../../../src/access/roles/role.ts'
import type { RoleConfig } from '../../../src/config/config.ts'
import { parseRoleRule } from '../../../src/config/role-rule.ts'
import { holds } from '../../support/property.ts'

/** A role as the config makes it. */
function roleOf ({ allow = [], deny = [], mode = 'enforce' }: { allow?: readonly string[], deny?: readonly string[], mode?: RoleConfig['mode'] }): Role {
  const rules = (lines: readonly string[]): RoleConfig['allow'] => lines.map((line) => {
    const parsed = parseRoleRule(line)
    if (parsed.mistake !== undefined) throw new Error(parsed.mistake)
    return parsed.value
  })
  const role = ownRoles([{ name: 'own', mode, allow: rules(allow), deny: rules(deny) }]).get('own')
  if (role === undefined) throw new Error('no role')
  return role
}

function allowsLine (role: Role, line: string): boolean {
  const [method = '', path = ''] = line.split(' ')
  return judgeRole(role, method, path) === undefined
}

t.test('a role of the config denies what it does not name, and what it denies by name', async (t) => {
  const role = roleOf({ allow: ['GET /sessions/**', 'POST /runs/query', '* /datasets/*', 'PUT /a/**/z'], deny: ['DELETE /**', 'GET /sessions/*/secrets'] })
  for (const line of [
    'POST /sessions', 'GET /runs', 'POST /runs/query/x', 'POST /runs', 'GET /session', 'GET /sessionsx', 'GET /x/sessions', 'DELETE /datasets/x', 'PATCH /datasets', 'PATCH /datasets/x/y', 'GET /', 'PUT /a/b', 'PUT /z',
    'GET /sessions/x/secrets', 'HEAD /sessions/x/secrets', 'GET /Sessions/x/SECRETS/', 'GET /api/v1/sessions/x/secrets'
  ]) t.notOk(allowsLine(role, line), line)
  for (const line of ['GET /sessions', 'HEAD /sessions/x', 'OPTIONS /sessions', 'GET /api/v1/sessions/a/b/c', 'POST /v2/runs/query', 'PATCH /datasets/x', 'PUT /a/z', 'PUT /a/b/c/z', 'PUT /a/z/z']) t.ok(allowsLine(role, line), line)
})

t.test('a role that allows nothing denies everything, and one that allows everything but something denies odd spellings', async (t) => {
  for (const line of ['GET /', 'GET /info', 'OPTIONS /', 'POST /runs']) t.notOk(allowsLine(roleOf({}), line), line)
  t.notOk(allowsLine(roleOf({ allow: ['* /**'], deny: ['GET /x'] }), 'GET /%79'))
  t.notOk(allowsLine(roleOf({ allow: ['GET /**'] }), 'GET /a//b'), 'every GET is not everything')
  t.ok(allowsLine(roleOf({ allow: ['* /**'] }), 'GET /a//b'))
})

t.test('wildcards stand for what they say, and take no time that grows beyond measure', async (t) => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 4 })
  await holds(t, fc.property(fc.array(letters, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), (segments, one, from) => {
    const at = one % segments.length
    const path = `/${segments.join('/')}`
    const starred = segments.with(at, '*')
    const partly = segments.with(at, `${segments[at]?.slice(0, 1) ?? ''}*`)
    const many = [...segments.slice(0, at), '**', ...segments.slice(at + from % (segments.length - at + 1))]
    return [segments, starred, partly, many].every((pattern) => allowsLine(roleOf({ allow: [`GET /${pattern.join('/')}`] }), `GET ${path}`))
      && !allowsLine(roleOf({ allow: [`GET /${starred.join('/')}`] }), `GET ${path}/more`) && !allowsLine(roleOf({ allow: [`GET /${segments.join('/')}x`] }), `GET ${path}`)
  }))
  const started = performance.now()
  t.notOk(allowsLine(roleOf({ allow: [`GET /${'**/a/'.repeat(30)}b`, `GET /${'*a'.repeat(60)}b`] }), `GET ${'/a'.repeat(4000)}`))
  t.notOk(allowsLine(roleOf({ allow: [`GET /${'*a'.repeat(60)}b`] }), `GET /${'a'.repeat(8000)}`))
  t.ok(performance.now() - started < 20_000, 'a matcher that tries all ways would not end')
})

t.test('in report mode everything passes and is told; another role that denies still denies', async (t) => {
  const told: WouldDeny[] = []
  const judge = (...held: Parameters<typeof judgeRoles>[0]): ReturnType<typeof judgeRoles> => judgeRoles(held, 'DELETE', '/sessions/canary', (would) => { told.push(would) })
  const [reporting, enforced, open] = [roleOf({ mode: 'report' }), roleOf({}), roleOf({ allow: ['* /**'] })]

  t.equal(judge({ role: reporting, of: 'client' }), undefined)
  t.strictSame(told, [{ code: 'role-denied', role: 'own', of: 'client', detail: 'the role "own" does not allow this DELETE on projects' }])
  t.match(judge({ role: open, of: 'client' }, { role: enforced, of: 'policy' }), { code: 'role-denied', hint: /it is the "policy" of the route/ })
  t.match(judge({ role: enforced, of: 'client' }, { role: open, of: 'policy' }), { code: 'role-denied', hint: /ask the person who runs this proxy for a client key/ })
  t.match(judge({ role: reporting, of: 'client' }, { role: enforced, of: 'policy' }), { code: 'role-denied' })
  t.equal(told.length, 2)
  t.equal(judge(), undefined, 'who has no role may do what the route allows')
})

t.test('a route whose policy is no role is not served', async (t) => {
  t.throws(() => policyOf({ prefix: '/', policy: 'gone' }, new Map()), /is no role/)
  t.match(policyOf({ prefix: '/', policy: 'read-only' }, new Map()), [{ of: 'policy', role: { name: 'read-only' } }])
  t.strictSame(policyOf({ prefix: '/', policy: undefined }, new Map()), [])
  const hiding: RoleConfig = { name: 'read-only', mode: 'report', allow: [], deny: [] }
  t.equal(roleNamed('read-only', ownRoles([hiding]))?.mode, 'enforce', 'a built-in role is not hidden, even by a config that got past the loader')
})

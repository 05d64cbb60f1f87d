// From answers to findings: what is believed, and what a hostile upstream cannot do.

import fc from 'fast-check'
import t from 'tap'
import { readInfo, readOrganization, readRegion, readSessions, readUsage, readWorkspaces } from '../../src/diagnosis/probe/read-answers.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { createTextMask } from '../../src/swap/mask-text.ts'
import type { Asked } from '../../src/upstream/ask.ts'
import { TEST_KEY } from '../support/proxy.ts'

const ID = '1c9a6c1e-0000-4000-8000-000000000000'
const ORGANIZATION = '2d9a6c1e-0000-4000-8000-000000000000'
const mask = createTextMask([new Secret(TEST_KEY)])
const FAILED: Asked = { answered: false, failure: { code: 'upstream-timeout', reason: 'PROBE_TIMEOUT', detail: '' } }
const LOGIN_PAGE = '<!doctype html><title>Log in</title>'

function answer (status: number, body: unknown): Asked {
  return { answered: true, status, headers: [], body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), ms: 1 }
}

/** A workspace as the list has it. */
function row (fields: object): object {
  return { id: ID, display_name: 'Research', organization_id: ORGANIZATION, is_deleted: false, permissions: ['runs:create', 'organization:pats:create'], ...fields }
}

t.test('what is not JSON of the right form accepts and refuses nothing', async (t) => {
  const broken = [
    FAILED, answer(200, LOGIN_PAGE), answer(200, ''), answer(200, '[{"id":'), answer(200, 'null'), answer(200, '"text"'), answer(200, '{}'), answer(204, ''),
    answer(401, LOGIN_PAGE), answer(403, ''), answer(403, '[]'), answer(403, '{"message":"Forbidden"}'), answer(403, '{"__proto__":{"detail":"x"}}'),
    answer(404, { detail: 'Not Found' }), answer(429, { detail: 'Too many' }), answer(302, ''), answer(500, [])
  ]
  for (const asked of broken) {
    t.equal(readSessions(asked), 'untold')
    t.equal(readRegion(asked), 'untold')
    t.same(readWorkspaces(asked, undefined, mask), { said: 'untold', seen: [] })
    t.same(readOrganization(asked, mask), { said: 'untold', seen: undefined })
    t.same(readUsage(asked, mask), { said: 'untold', rejecting: false, kind: undefined })
  }
  for (const body of [{ detail: 'Forbidden' }, { error: 'Forbidden' }, { type: 'about:blank', title: 'Forbidden', status: 403 }, { detail: { error: 'x' } }]) {
    t.equal(readSessions(answer(403, body)), 'refused')
  }
})

t.test('a host is no API only where it says so itself', async (t) => {
  t.equal(readInfo(answer(200, { version: '0.16.99' })), true)
  for (const asked of [answer(200, LOGIN_PAGE), answer(200, { ok: true }), answer(200, { version: 1 }), answer(404, { detail: 'Not Found' }), answer(405, LOGIN_PAGE)]) t.equal(readInfo(asked), false)
  for (const asked of [FAILED, answer(403, LOGIN_PAGE), answer(302, ''), answer(429, ''), answer(503, LOGIN_PAGE)]) t.equal(readInfo(asked), undefined)
})

t.test('another region that refuses a key for want of a workspace or a plan knows it', async (t) => {
  const known = [
    { error: 'org_scoped_key_requires_workspace', message: 'x' }, { detail: 'This API key is org-scoped and requires workspace specification. Please provide \'X-Tenant-ID\' header.' },
    { error: 'Forbidden - no plan found' }
  ]
  for (const body of known) {
    t.equal(readSessions(answer(403, body)), 'refused')
    t.equal(readRegion(answer(403, body)), 'accepted')
  }
  t.equal(readRegion(answer(403, { detail: 'Forbidden' })), 'refused')
  t.equal(readRegion(answer(200, [])), 'accepted')
})

t.test('a workspace is taken with what is right of it', async (t) => {
  const rows = [
    row({}),
    row({ id: ID.toUpperCase(), organization_id: ORGANIZATION.toUpperCase(), is_deleted: true, permissions: ['runs:create', 'RUNS:READ', 'runs', 'a:b:c:d:e', 7, { toString: 'x' }, `${'x'.repeat(41)}:read`] }),
    row({ organization_id: 'no-uuid', display_name: 7, permissions: 'runs:create', is_deleted: 'yes' }),
    row({ display_name: 'x'.repeat(5000), permissions: Array.from({ length: 5000 }, () => 'runs:read') }),
    row({ id: 'no-uuid' }), row({ id: undefined }), null, 'text', []
  ]
  const { said, seen } = readWorkspaces(answer(200, rows), undefined, mask)
  t.equal(said, 'accepted')
  t.same(seen.slice(0, 3), [
    { id: ID, organizationId: ORGANIZATION, displayName: 'Research', permissions: ['runs:create', 'organization:pats:create'], deleted: false },
    { id: ID, organizationId: ORGANIZATION, displayName: 'Research', permissions: ['runs:create'], deleted: true },
    { id: ID, organizationId: undefined, displayName: undefined, permissions: undefined, deleted: false }
  ])
  t.match({ name: seen[3]?.displayName?.length, permissions: seen[3]?.permissions?.length }, { name: 100, permissions: 300 })
  t.equal(seen.length, 4)
  t.same(readWorkspaces(answer(200, []), undefined, mask), { said: 'accepted', seen: [] })
})

t.test('of a long list the configured workspace is kept, wherever it stands', async (t) => {
  const rows = Array.from({ length: 500 }, (_, n) => row({ id: `1c9a6c1e-0000-4000-8000-${String(n).padStart(12, '0')}` }))
  const { seen } = readWorkspaces(answer(200, rows), '1C9A6C1E-0000-4000-8000-000000000499', mask)
  t.equal(seen.length, 200)
  t.equal(seen[0]?.id, '1c9a6c1e-0000-4000-8000-000000000499')
})

t.test('plan, switches and limits are read where they are there', async (t) => {
  const whole = { tier: 'no_plan', disabled: false, member_disabled: true, sso_only: true, ip_allowlist_enabled: false }
  t.same(readOrganization(answer(200, whole), mask).seen, { tier: 'no_plan', disabled: false, memberDisabled: true, ssoOnly: true, ipAllowlist: false })
  t.same(readOrganization(answer(200, { tier: 'a tier\u001b[2J', disabled: 'no', sso_only: false }), mask).seen, { tier: undefined, disabled: undefined, memberDisabled: undefined, ssoOnly: false, ipAllowlist: undefined })
  t.equal(readOrganization(answer(403, { detail: 'Forbidden' }), mask).said, 'refused')
  t.same(readUsage(answer(200, { in_reject_set: true, usage_limit_type: 'total_unique_traces' }), mask), { said: 'accepted', rejecting: true, kind: 'total_unique_traces' })
  t.same(readUsage(answer(200, { in_reject_set: true, usage_limit_type: 'line\nbreak' }), mask), { said: 'accepted', rejecting: true, kind: undefined })
  t.same(readUsage(answer(200, { in_reject_set: false, usage_limit_type: 'total_unique_traces' }), mask), { said: 'accepted', rejecting: false, kind: undefined })
})

// An upstream knows the key that it was sent, and can put it wherever a text is expected.
t.test('no part of the key is taken from an answer', async (t) => {
  const piece = '5ca1ab1e'
  const rows = [
    row({ id: `${piece}-0000-4000-8000-000000000000` }),
    row({ organization_id: `${piece}-0000-4000-8000-000000000000`, display_name: `Team ${piece}`, permissions: ['abcdefab:read', 'runs:read'] }),
    row({ display_name: TEST_KEY })
  ]
  const strict = createTextMask([new Secret(TEST_KEY), new Secret('lsv2_pt_abcdefabcdef')])
  const { seen } = readWorkspaces(answer(200, rows), undefined, strict)
  t.match(seen, [{ id: ID, organizationId: undefined, displayName: undefined, permissions: ['runs:read'] }, { displayName: undefined }])
  t.equal(seen.length, 2)
  t.same(readOrganization(answer(200, { tier: `x${piece}`, disabled: false }), mask).seen?.tier, undefined)
  t.equal(readUsage(answer(200, { in_reject_set: true, usage_limit_type: `x${piece}` }), mask).kind, undefined)
})

t.test('a list that names prototypes changes none', async (t) => {
  const rows = `[{"id":"${ID}","__proto__":{"polluted":true,"is_deleted":true},"constructor":{"prototype":{"polluted":true}}}]`
  const { seen } = readWorkspaces(answer(200, rows), undefined, mask)
  t.equal(seen[0]?.deleted, false)
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
  t.same(readOrganization(answer(200, '{"__proto__":{"tier":"plus"}}'), mask), { said: 'untold', seen: undefined })
})

t.test('nothing that an upstream can send makes a reader throw or gives findings without bounds', async (t) => {
  const deep = '['.repeat(500_000)
  t.equal(readSessions(answer(200, deep)), 'untold')
  t.equal(readSessions(answer(200, deep + ']'.repeat(500_000))), 'accepted')
  fc.assert(fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.json(), fc.string(), fc.array(fc.record({ id: fc.constant(ID), permissions: fc.json() })).map((rows) => JSON.stringify(rows))), (status, body) => {
    const asked = answer(status, body)
    readInfo(asked)
    readRegion(asked)
    readOrganization(asked, mask)
    readUsage(asked, mask)
    return readWorkspaces(asked, ID, mask).seen.length <= 200
  }))
})

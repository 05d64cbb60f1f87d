// What the process has seen, and what read-only calls found, must put the truth first.

import fc from 'fast-check'
import t from 'tap'
import type { Test } from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Cause, Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import type { Findings, SeenWorkspace } from '../../src/diagnosis/findings.ts'
import { holds } from '../support/property.ts'
import { evidenceOf, otherRoute, WORKSPACE, type Refusal } from './support.ts'

const FORBIDDEN = '{"error":"Forbidden"}\n'
const MINUTE = 60_000
const READ: Refusal = { body: FORBIDDEN }
const WRITE: Refusal = { body: FORBIDDEN, method: 'POST', path: '/runs/multipart' }
const US = otherRoute({ prefix: '/us', region: 'us', upstreamHost: 'api.smith.langchain.com' })
const ORGANIZATION = 'a0000000-0000-4000-8000-000000000001'
const ADMIN = ['projects:read', 'projects:create', 'runs:read', 'runs:create', 'workspaces:read']

interface Case { readonly what: string, readonly given: Refusal, readonly first: string, readonly without?: readonly string[] }

function seen (id: string, permissions?: readonly string[], more: Partial<SeenWorkspace> = {}): SeenWorkspace {
  return { id, organizationId: ORGANIZATION, displayName: 'canary name', permissions, deleted: false, ...more }
}

function told (given: Refusal): Diagnosis {
  return diagnose(evidenceOf(given))
}

function check (t: Test, cases: readonly Case[]): void {
  for (const { what, given, first, without = [] } of cases) {
    const { causes } = told(given)
    const [cause] = causes
    t.equal(`${cause?.code ?? 'nothing'} ${cause?.confidence ?? ''}`, first, what)
    for (const code of without) t.notOk(causes.some((each) => each.code === code), `${what}: not ${code}`)
    for (const each of causes) t.ok(isWellPut(each), `${what}: ${each.summary} → ${each.fix}`)
  }
}

function isWellPut ({ confidence, summary, fix }: Cause): boolean {
  const hedged = confidence !== 'possible' || /[Pp]ossibly|is not a UUID|does not look like/.test(summary)
  return hedged && /^[A-Z][^\n]{20,260}\.$/.test(summary) && /^[a-z][^\n]{20,400}[^.]$/.test(fix) && !/canary|undefined/.test(summary + fix)
}

t.test('before anybody is asked, the truth is among the first three', async (t) => {
  const cases: readonly [what: string, given: Refusal, truths: readonly string[]][] = [
    ['a first read', READ, ['key-other-region', 'key-revoked']],
    ['a first read with a workspace', { ...READ, workspaceId: WORKSPACE }, ['key-other-region', 'key-revoked', 'workspace-mismatch']],
    ['a first write', WRITE, ['key-other-region', 'key-revoked', 'permission-missing']],
    ['a first write with a service key', { ...WRITE, kind: 'service' }, ['key-other-region', 'key-revoked', 'permission-missing']],
    ['a first read with a service key and a workspace', { ...READ, kind: 'service', workspaceId: WORKSPACE }, ['key-other-region', 'key-revoked', 'workspace-mismatch']],
    ['a first write with a workspace', { ...WRITE, workspaceId: WORKSPACE }, ['key-other-region', 'key-revoked', 'workspace-mismatch']],
    ['a first write with a service key and a workspace', { ...WRITE, kind: 'service', workspaceId: WORKSPACE }, ['key-other-region', 'workspace-mismatch', 'permission-missing']]
  ]
  for (const [what, given, truths] of cases) {
    const top = told(given).causes.slice(0, 3).map(({ code }) => code)
    for (const truth of truths) t.ok(top.includes(truth), `${what}: ${truth} in ${top.join(', ')}`)
  }
})

t.test('what this process has seen of the key puts the truth first', async (t) => {
  const here = otherRoute({ prefix: '/also' })
  check(t, [
    { what: 'reads work, this is a write', given: { ...WRITE, workspaceId: WORKSPACE, age: 5 * MINUTE, history: { readWorked: MINUTE } }, first: 'permission-missing likely', without: ['key-other-region', 'workspace-mismatch'] },
    { what: 'traces arrive, this is a read', given: { ...READ, history: { writeWorked: MINUTE } }, first: 'permission-missing likely', without: ['key-other-region'] },
    { what: 'reads worked long ago, this is a write', given: { ...WRITE, history: { readWorked: 60 * MINUTE } }, first: 'permission-missing possible', without: ['key-other-region'] },
    { what: 'the same kind of call worked', given: { ...READ, workspaceId: WORKSPACE, age: 5 * MINUTE, history: { readWorked: MINUTE, inARow: 3 } }, first: 'key-revoked likely', without: ['key-other-region', 'workspace-mismatch'] },
    { what: 'traces arrived until now', given: { ...WRITE, history: { readWorked: MINUTE, writeWorked: MINUTE, inARow: 2 } }, first: 'key-revoked likely' },
    { what: 'other reads work, this one needs more', given: { ...READ, path: '/api/v1/orgs/current', history: { readWorked: MINUTE } }, first: 'permission-missing possible' },
    { what: 'other writes work, this one deletes', given: { ...WRITE, method: 'DELETE', path: '/datasets/1', history: { writeWorked: MINUTE } }, first: 'permission-missing possible' },
    { what: 'the workspace was changed since it worked', given: { ...READ, workspaceId: WORKSPACE, age: MINUTE, history: { writeWorked: 2 * MINUTE, readWorked: undefined } }, first: 'workspace-mismatch likely' },
    { what: 'the key works in another region', given: { ...READ, others: [US] }, first: 'key-other-region likely', without: ['key-revoked'] },
    { what: 'another key works there', given: { ...READ, others: [{ ...US, sameKey: false }] }, first: 'key-other-region possible' },
    { what: 'the key works here with another workspace', given: { ...READ, workspaceId: WORKSPACE, others: [here] }, first: 'workspace-mismatch likely', without: ['key-other-region', 'key-revoked'] },
    { what: 'the key works here on another route, workspace and all', given: { ...WRITE, workspaceId: WORKSPACE, others: [{ ...here, credential: 'team' }] }, first: 'permission-missing possible', without: ['key-other-region', 'key-revoked', 'workspace-mismatch'] },
    { what: 'a key that works is not cut off', given: { ...READ, defects: ['wrong-length'], history: { readWorked: MINUTE } }, first: 'key-revoked possible', without: ['key-malformed'] },
    { what: 'its place says that it has ended', given: { ...READ, expiresIn: -MINUTE, age: 60 * MINUTE, history: { readWorked: 2 * MINUTE } }, first: 'key-expired likely', without: ['key-revoked'] },
    { what: 'the same as 401', given: { status: 401, body: '{"detail":"Invalid token"}', expiresIn: -MINUTE }, first: 'key-expired likely' },
    { what: 'it lives on', given: { ...READ, expiresIn: MINUTE }, first: 'key-other-region possible', without: ['key-expired'] },
    { what: 'it was accepted after its end', given: { ...WRITE, expiresIn: -2 * MINUTE, history: { readWorked: MINUTE } }, first: 'permission-missing likely', without: ['key-expired'] },
    { what: 'a page says nothing about its end', given: { body: '<html></html>', type: 'text/html', expiresIn: -MINUTE }, first: 'intermediary certain', without: ['key-expired'] },
    { what: '401 for a key that works', given: { status: 401, body: '{"detail":"Invalid token"}', history: { readWorked: MINUTE } }, first: 'key-revoked possible' },
    { what: 'traces arrive, but not for this project', given: { ...WRITE, method: 'DELETE', path: '/runs/1', history: { writeWorked: MINUTE } }, first: 'permission-missing possible', without: ['project-creation'] },
    { what: 'other keys stopped too', given: { ...READ, history: { readWorked: MINUTE }, others: [otherRoute({ sameKey: false, works: false, stoppedWorking: true })] }, first: 'langsmith-incident likely' },
    { what: 'only this key stopped, on two routes', given: { ...READ, history: { readWorked: MINUTE }, others: [otherRoute({ works: false, stoppedWorking: true })] }, first: 'key-revoked possible', without: ['langsmith-incident'] },
    { what: 'another key still works there', given: { ...READ, history: { readWorked: MINUTE }, others: [otherRoute({ sameKey: false, works: false, stoppedWorking: true }), otherRoute({ prefix: '/third', sameKey: false })] }, first: 'key-revoked possible', without: ['langsmith-incident'] },
    { what: 'others stopped, this one never worked', given: { ...READ, others: [otherRoute({ sameKey: false, works: false, stoppedWorking: true })] }, first: 'key-other-region possible', without: ['langsmith-incident'] }
  ])
  t.match(told({ ...READ, others: [US] }).causes[0], { summary: /belongs to us, not to eu/, fix: /set region of route \/eu .*LANGSMITH_REGION, and unset LANGSMITH_ENDPOINT\) to us, or call route \/us/ })
  t.ok(told({ ...WRITE, history: { readWorked: MINUTE, writeWorked: MINUTE } }).causes.some(({ code, confidence }) => code === 'project-creation' && confidence === 'possible'))
})

const ACCEPTED: Partial<Findings> = { sessions: 'accepted', workspaces: { said: 'accepted', seen: [seen(WORKSPACE, ADMIN)] } }
const REFUSED: Partial<Findings> = { sessions: 'refused', workspaces: { said: 'refused', seen: [] } }

/** The key is valid; what it sees. */
function known (...workspaces: readonly SeenWorkspace[]): Partial<Findings> {
  return { sessions: 'refused', workspaces: { said: 'accepted', seen: workspaces } }
}

function accepted (...permissions: readonly string[]): Partial<Findings> {
  return { ...ACCEPTED, workspaces: { said: 'accepted', seen: [seen(WORKSPACE, permissions)] } }
}

t.test('after LangSmith was asked, the truth is the first: the key is accepted', async (t) => {
  const gone = ['key-other-region', 'key-revoked', 'workspace-mismatch', 'workspace-required', 'key-malformed', 'key-legacy', 'ip-allowlist', 'organization-rules', 'workspace-not-uuid']
  check(t, [
    { what: 'viewer', given: { ...WRITE, findings: accepted('projects:read', 'runs:read') }, first: 'permission-missing certain', without: gone },
    { what: 'viewer with a workspace', given: { ...WRITE, workspaceId: WORKSPACE.toUpperCase(), findings: accepted('projects:read', 'runs:read') }, first: 'permission-missing certain', without: gone },
    { what: 'a list without what has just worked', given: { ...WRITE, findings: accepted('workspaces:read') }, first: 'permission-missing likely', without: gone },
    { what: 'permissions not told', given: { ...WRITE, defects: ['wrong-length'], findings: accepted() }, first: 'permission-missing likely', without: gone },
    { what: 'something below a thing', given: { ...WRITE, path: '/datasets/1/versions/x', findings: accepted('projects:read') }, first: 'permission-missing likely' },
    { what: 'pushing a prompt', given: { ...WRITE, path: '/commits/-/name', findings: accepted('projects:read', 'prompts:read') }, first: 'permission-missing certain' },
    { what: 'permissions of the organization are not listed', given: { ...READ, path: '/api/v1/orgs/current', findings: ACCEPTED }, first: 'permission-missing likely' },
    { what: 'the role may do it', given: { ...WRITE, findings: ACCEPTED }, first: 'accepted-now possible', without: [...gone, 'permission-missing'] },
    { what: 'editor, perhaps a new project', given: { ...WRITE, findings: accepted('projects:read', 'runs:create') }, first: 'project-creation possible', without: [...gone, 'permission-missing'] },
    { what: 'the read itself works now', given: { ...READ, findings: accepted() }, first: 'accepted-now possible', without: [...gone, 'permission-missing'] },
    { what: 'the check of a deployment', given: { ...READ, path: '/auth', findings: ACCEPTED }, first: 'deployment-access likely' },
    { what: 'a page for people', given: { ...READ, path: '/api/v1/orgs', findings: ACCEPTED }, first: 'endpoint-needs-login likely' },
    { what: 'a limit is reached', given: { ...WRITE, findings: { ...ACCEPTED, usage: { said: 'accepted', rejecting: true, kind: undefined } } }, first: 'usage-limit likely', without: gone },
    { what: 'a limit does not stop reads', given: { ...READ, findings: { ...ACCEPTED, usage: { said: 'accepted', rejecting: true, kind: undefined } } }, first: 'accepted-now possible', without: ['usage-limit'] },
    { what: '401 for this call alone', given: { status: 401, body: '{"detail":"Invalid token"}', kind: 'legacy', defects: ['legacy'], findings: ACCEPTED, workspaceId: 'no-uuid' }, first: 'key-not-seen possible', without: gone },
    { what: 'it has ended, says its place; LangSmith does not', given: { ...READ, expiresIn: -1, findings: ACCEPTED }, first: 'accepted-now possible', without: ['key-expired'] }
  ])
  t.match(told({ ...WRITE, findings: accepted('projects:read') }).causes[0]?.summary, /is valid, but its role lacks runs:create\.$/)
  t.match(told({ ...WRITE, findings: ACCEPTED }), { code: 'key-or-workspace-refused', summary: /refused this call, not the key,/, probed: true })
})

t.test('after LangSmith was asked, the truth is the first: the key is known, not with this workspace', async (t) => {
  const other = 'b0000000-0000-4000-8000-000000000002'
  const third = 'b0000000-0000-4000-8000-000000000003'
  const gone = ['key-other-region', 'key-revoked', 'ip-allowlist']
  const set: Refusal = { ...READ, workspaceId: WORKSPACE }
  const service: Refusal = { ...READ, kind: 'service' }
  check(t, [
    { what: 'a foreign workspace', given: { ...set, findings: known(seen(other, ADMIN)) }, first: 'workspace-mismatch certain', without: [...gone, 'permission-missing'] },
    { what: 'the organization\'s ID', given: { ...set, workspaceId: ORGANIZATION, findings: known(seen(other)) }, first: 'workspace-mismatch certain' },
    { what: 'a deleted workspace', given: { ...set, findings: known(seen(WORKSPACE, ADMIN, { deleted: true })) }, first: 'workspace-mismatch certain' },
    { what: 'the key works without it', given: { ...set, findings: { sessions: 'refused', sessionsWithoutWorkspace: 'accepted' } }, first: 'workspace-mismatch certain', without: gone },
    { what: 'no workspace at all is seen', given: { ...set, findings: known() }, first: 'workspace-mismatch likely' },
    { what: 'the role may not read there', given: { ...set, findings: known(seen(WORKSPACE, ['runs:create'])) }, first: 'permission-missing certain', without: [...gone, 'workspace-mismatch'] },
    { what: 'permissions not told', given: { ...set, findings: known(seen(WORKSPACE)) }, first: 'permission-missing possible', without: [...gone, 'workspace-mismatch'] },
    { what: 'ingest-only key without a workspace', given: { ...service, findings: known(seen(WORKSPACE, ['runs:create'])) }, first: 'permission-missing certain', without: [...gone, 'workspace-required'] },
    { what: 'service key for several', given: { ...service, findings: known(seen(WORKSPACE, ADMIN), seen(other, ADMIN)) }, first: 'workspace-required certain', without: gone },
    { what: 'service key for one', given: { ...service, findings: known(seen(WORKSPACE, ADMIN)) }, first: 'workspace-required likely', without: gone },
    { what: 'personal key for several', given: { ...READ, findings: known(seen(WORKSPACE, ADMIN), seen(other, ADMIN)) }, first: 'workspace-required likely', without: gone },
    { what: 'personal key for several, which may read in none', given: { ...READ, findings: known(seen(WORKSPACE, ['runs:create']), seen(other, ['runs:create'])) }, first: 'permission-missing certain', without: [...gone, 'workspace-required'] },
    { what: 'organization without plan', given: { ...READ, findings: { ...known(seen(WORKSPACE, ADMIN)), organization: organization({ tier: 'no_plan' }) } }, first: 'no-plan certain' },
    { what: 'organization switched off', given: { ...service, findings: { ...REFUSED, organization: organization({ disabled: true }) } }, first: 'organization-rules certain' },
    { what: 'member switched off', given: { ...READ, findings: { ...REFUSED, organization: organization({ memberDisabled: true }) } }, first: 'organization-rules certain' },
    { what: 'SSO only', given: { ...READ, findings: { ...REFUSED, organization: organization({ ssoOnly: true }) } }, first: 'organization-rules likely' },
    { what: 'SSO only does not touch service keys', given: { ...service, findings: { ...REFUSED, organization: organization({ ssoOnly: true }) } }, first: 'key-other-region possible', without: ['organization-rules'] },
    { what: 'an allowlist is on', given: { ...READ, findings: { ...REFUSED, organization: organization({ ipAllowlist: true }) } }, first: 'ip-allowlist likely' },
    { what: 'no allowlist is on', given: { ...READ, findings: { ...REFUSED, organization: organization({ ipAllowlist: false }) } }, first: 'key-other-region possible', without: ['ip-allowlist'] }
  ])
  t.match(told({ ...set, workspaceId: ORGANIZATION, findings: known(seen(other)) }).causes[0], { summary: /is the organization's ID/, fix: new RegExp(`to ${other}$`) })
  t.match(told({ ...set, findings: known(seen(WORKSPACE, ADMIN, { deleted: true })) }).causes[0]?.summary, /deleted workspace/)
  const many = told({ ...service, findings: known(seen(WORKSPACE), seen(other), seen(third), seen(ORGANIZATION)) })
  t.match(many.causes[0]?.fix, `; the key sees ${WORKSPACE}, ${other}, ${third} and 1 more`)
  const said = told({ ...service, body: '{"error":"org_scoped_key_requires_workspace"}', findings: known(seen(WORKSPACE), seen(other)) })
  t.match(said.causes[0], { code: 'workspace-required', confidence: 'certain', fix: new RegExp(`${WORKSPACE}, ${other}$`) })
})

function organization (given: Partial<NonNullable<Findings['organization']['seen']>>): Findings['organization'] {
  return { said: 'accepted', seen: { tier: undefined, disabled: undefined, memberDisabled: undefined, ssoOnly: undefined, ipAllowlist: undefined, ...given } }
}

t.test('after LangSmith was asked, the truth is the first: the key is refused whatever it is asked', async (t) => {
  const everywhere: Partial<Findings> = { ...REFUSED, regions: { us: 'refused', apac: 'refused', aws: 'refused' } }
  const gone = ['workspace-mismatch', 'workspace-required', 'permission-missing']
  check(t, [
    { what: 'accepted in another region', given: { ...WRITE, workspaceId: WORKSPACE, findings: { ...REFUSED, regions: { us: 'accepted', apac: 'refused' } } }, first: 'key-other-region certain', without: [...gone, 'key-revoked'] },
    { what: 'refused in all regions', given: { ...WRITE, workspaceId: WORKSPACE, findings: everywhere }, first: 'key-revoked likely', without: [...gone, 'key-other-region'] },
    { what: 'regions not asked, never worked', given: { ...READ, findings: REFUSED }, first: 'key-other-region possible', without: gone },
    { what: 'regions not asked, worked before', given: { ...READ, findings: REFUSED, history: { readWorked: MINUTE } }, first: 'key-revoked likely', without: [...gone, 'key-other-region'] },
    { what: 'may write and not read', given: { ...READ, findings: REFUSED, history: { writeWorked: MINUTE } }, first: 'permission-missing likely', without: ['key-other-region'] },
    { what: 'writes worked, and this is one, again', given: { ...WRITE, findings: REFUSED, history: { writeWorked: MINUTE, inARow: 2 } }, first: 'key-revoked likely', without: gone },
    { what: 'cut off', given: { ...READ, defects: ['wrong-length'], findings: everywhere }, first: 'key-malformed likely' },
    { what: 'not a LangSmith key', given: { ...READ, kind: 'other', defects: ['unknown-shape'], findings: everywhere }, first: 'key-malformed likely' },
    { what: 'of the old kind', given: { ...READ, kind: 'legacy', defects: ['legacy'], findings: everywhere }, first: 'key-legacy likely' },
    { what: 'ended', given: { ...READ, expiresIn: -1, findings: everywhere }, first: 'key-expired likely', without: ['key-revoked'] },
    { what: 'self-hosted', given: { ...READ, selfHosted: true, findings: REFUSED }, first: 'key-other-region possible' },
    { what: 'self-hosted, worked before', given: { ...READ, selfHosted: true, findings: REFUSED, history: { readWorked: MINUTE } }, first: 'key-revoked likely' },
    { what: 'no API at this address', given: { body: '{"message":"Forbidden"}', selfHosted: true, findings: { isApi: false } }, first: 'endpoint-not-api likely' },
    { what: 'no API there, says a filter before a known one', given: { body: '<html></html>', type: 'text/html', findings: { isApi: false } }, first: 'intermediary certain', without: ['endpoint-not-api'] },
    { what: 'nobody answered', given: { ...READ, findings: {} }, first: 'key-other-region possible' },
    { what: 'only half an answer', given: { ...READ, findings: { sessions: 'refused' } }, first: 'key-other-region possible' }
  ])
  t.match(told({ ...READ, findings: REFUSED }).causes[0]?.fix, /"langsmith-proxy doctor --regions".*diagnosis\.probe: regions/)
  t.match(told({ ...READ, findings: { ...REFUSED, regions: { us: 'refused' } } }).causes[0]?.fix, /to that one: apac, aws;/)
  t.match(told({ ...READ, findings: { ...REFUSED, regions: { us: 'accepted' } } }).causes[0], { summary: /belongs to us, not to eu: LangSmith accepts it there/, fix: /LANGSMITH_REGION, and unset LANGSMITH_ENDPOINT\) to us$/ })
})

t.test('whatever is known, there is a diagnosis in well-put words, and nothing that others wrote is in it', async (t) => {
  const word = fc.constantFrom('canary', 'Forbidden', 'Invalid token', 'No prompt owner specified', 'Repo None/canary not found', 'run_type', 'session_id', 'Nothing to commit', 'usage limit exceeded')
  const said = fc.constantFrom('accepted', 'refused', 'untold')
  const ago = fc.option(fc.nat(20 * MINUTE), { nil: undefined })
  const maybe = fc.option(fc.boolean(), { nil: undefined })
  const workspace = fc.record({
    id: fc.constantFrom(WORKSPACE, ORGANIZATION), organizationId: fc.constantFrom(undefined, ORGANIZATION), displayName: fc.constant('canary'),
    permissions: fc.option(fc.subarray(['canary:canary', ...ADMIN]), { nil: undefined }), deleted: fc.boolean()
  })
  const findings = fc.record({
    isApi: maybe, sessions: said, sessionsWithoutWorkspace: fc.option(said, { nil: undefined }),
    workspaces: fc.record({ said, seen: fc.array(workspace, { maxLength: 5 }) }),
    organization: fc.record({ said, seen: fc.option(fc.record({ tier: fc.constantFrom(undefined, 'canary', 'no_plan'), disabled: maybe, memberDisabled: maybe, ssoOnly: maybe, ipAllowlist: maybe }), { nil: undefined }) }),
    usage: fc.record({ said, rejecting: fc.boolean(), kind: fc.constant('canary') }),
    regions: fc.dictionary(fc.constantFrom('us', 'apac', 'aws'), said)
  })
  const given = fc.record({
    status: fc.constantFrom(200, 400, 401, 403, 404, 405, 407, 409, 413, 422, 429), method: fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'canary'),
    path: fc.constantFrom('/runs/multipart', '/api/v1/sessions', '/otel/v1/logs', '/commits/canary/x', '/auth', '/me', '/api/v1/orgs/current', '/canary', ''),
    body: fc.oneof(word.map((detail) => JSON.stringify({ detail })), word.map((msg) => JSON.stringify({ detail: [{ loc: ['body'], msg }] })), word, word.map((title) => `<html><title>${title}</title>`), fc.constant('')),
    type: fc.constantFrom('application/json', 'text/html', undefined), kind: fc.constantFrom('personal', 'service', 'legacy', 'other'),
    defects: fc.subarray(['quotes', 'legacy', 'wrong-length', 'placeholder', 'unknown-shape'] as const), selfHosted: fc.boolean(),
    history: fc.record({ readWorked: ago, writeWorked: ago, inARow: fc.nat(9), stopped: ago }), age: fc.nat(20 * MINUTE),
    others: fc.array(fc.record({ prefix: fc.constant('/other'), region: fc.constantFrom('us', 'eu', undefined), upstreamHost: fc.constantFrom('eu.api.smith.langchain.com', 'x.example.com'), credential: fc.constantFrom('team', 'second'), sameKey: fc.boolean(), works: fc.boolean(), stoppedWorking: fc.boolean() }), { maxLength: 3 })
  })
  const optional = fc.record({ workspaceId: fc.constantFrom(WORKSPACE, ORGANIZATION, 'no-uuid'), expiresIn: fc.integer({ min: -MINUTE, max: MINUTE }), findings, foundAgo: fc.nat(10 * MINUTE) }, { requiredKeys: [] })
  await holds(t, fc.property(given, optional, (always, sometimes) => {
    const { code, summary, causes } = told({ ...always, ...sometimes })
    return /^[a-z]+(-[a-z]+)*$/.test(code) && !/canary|undefined/.test(summary) && causes.every(isWellPut)
  }), { numRuns: 2000 })
})

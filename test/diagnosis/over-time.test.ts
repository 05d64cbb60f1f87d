// What is known of a key grows old: nothing that was found out or seen earlier may be told as a fact about now.

import t from 'tap'
import type { Test } from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Cause, Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import type { Findings, SeenWorkspace } from '../../src/diagnosis/findings.ts'
import { evidenceOf, otherRoute, WORKSPACE, type Refusal } from './support.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const READ: Refusal = { body: '{"error":"Forbidden"}\n' }
const WRITE: Refusal = { ...READ, method: 'POST', path: '/runs/multipart' }
const OTHER = 'b0000000-0000-4000-8000-000000000002'
const ADMIN = ['projects:read', 'projects:create', 'runs:read', 'runs:create']

function seen (id: string, permissions?: readonly string[]): SeenWorkspace {
  return { id, organizationId: undefined, displayName: undefined, permissions, deleted: false }
}

const REFUSED: Partial<Findings> = { sessions: 'refused', workspaces: { said: 'refused', seen: [] } }

function refusedIn (...workspaces: readonly SeenWorkspace[]): Partial<Findings> {
  return { sessions: 'refused', workspaces: { said: 'accepted', seen: workspaces } }
}

function acceptedAs (...permissions: readonly string[]): Partial<Findings> {
  return { sessions: 'accepted', workspaces: { said: 'accepted', seen: [seen(WORKSPACE, permissions)] } }
}

function organization (given: object): Findings['organization'] {
  return { said: 'accepted', seen: { tier: undefined, disabled: undefined, memberDisabled: undefined, ssoOnly: undefined, ipAllowlist: undefined, ...given } }
}

function told (given: Refusal): Diagnosis {
  return diagnose(evidenceOf(given))
}

function causeOf (given: Refusal, code: string): Cause | undefined {
  return told(given).causes.find((cause) => cause.code === code)
}

function firstOf (given: Refusal): string {
  const [cause] = told(given).causes
  return `${cause?.code ?? 'nothing'} ${cause?.confidence ?? ''}`
}

function check (t: Test, cases: readonly (readonly [what: string, given: Refusal, first: string, without?: readonly string[]])[]): void {
  for (const [what, given, first, without = []] of cases) {
    t.equal(firstOf(given), first, what)
    for (const code of without) t.equal(causeOf(given, code), undefined, `${what}: not ${code}`)
  }
}

t.test('what was found is certain for a minute, and later only likely and told as past', async (t) => {
  const cases: readonly [code: string, given: Refusal][] = [
    ['permission-missing', { ...WRITE, findings: acceptedAs('projects:read') }],
    ['workspace-mismatch', { ...READ, workspaceId: WORKSPACE, findings: refusedIn(seen(OTHER, ADMIN)) }],
    ['workspace-required', { ...READ, kind: 'service', findings: refusedIn(seen(WORKSPACE, ADMIN), seen(OTHER, ADMIN)) }],
    ['key-other-region', { ...READ, findings: { ...REFUSED, regions: { us: 'accepted' } } }],
    ['no-plan', { ...READ, findings: { ...REFUSED, organization: organization({ tier: 'no_plan' }) } }],
    ['organization-rules', { ...READ, findings: { ...REFUSED, organization: organization({ disabled: true }) } }]
  ]
  for (const [code, given] of cases) {
    for (const fresh of [given, { ...given, foundAgo: MINUTE }]) {
      t.equal(firstOf(fresh), `${code} certain`)
      t.notMatch(told(fresh).summary, /ago/)
    }
    const old = { ...given, foundAgo: 4 * MINUTE }
    t.equal(firstOf(old), `${code} likely`, 'the order stays')
    t.match(told(old).summary, /^Probably .* \(LangSmith was asked 4 minutes ago\)\.$/)
  }
})

t.test('a key that was accepted some time ago may have been deleted since', async (t) => {
  const found = acceptedAs(...ADMIN)
  t.match(causeOf({ ...WRITE, findings: found }, 'accepted-now')?.summary, /accepts the key .* now/, 'it was asked about this very call')
  t.match(causeOf({ ...WRITE, findings: found, foundAgo: 30 * SECOND }, 'accepted-now')?.summary, /accepted the key .* 30 seconds ago/)
  t.equal(causeOf({ ...WRITE, findings: found, foundAgo: 30 * SECOND }, 'key-revoked'), undefined)
  const old = { ...WRITE, findings: found, foundAgo: 2 * MINUTE }
  t.equal(causeOf(old, 'accepted-now'), undefined)
  t.match(causeOf(old, 'key-revoked'), { confidence: 'possible' })
  t.notMatch(told(old).summary, /this call, not the key/)
})

t.test('a key that worked before is likely gone only when it is refused again and again, and nothing worked just now', async (t) => {
  check(t, [
    ['once, a minute after a success', { ...READ, history: { readWorked: MINUTE } }, 'key-revoked possible'],
    ['twice, a minute after a success', { ...READ, history: { readWorked: MINUTE, inARow: 2 } }, 'key-revoked likely'],
    ['twice, in the second of a success', { ...WRITE, history: { writeWorked: SECOND, inARow: 2 } }, 'key-revoked possible'],
    ['another kind of call worked just now', { ...WRITE, history: { writeWorked: MINUTE, readWorked: SECOND, inARow: 2 } }, 'key-revoked possible']
  ])
  t.match(causeOf({ ...WRITE, findings: REFUSED, history: { writeWorked: SECOND } }, 'key-revoked'), { confidence: 'possible' }, 'the calls of a round only read')
  t.match(causeOf({ ...READ, findings: REFUSED, history: { readWorked: SECOND } }, 'key-revoked'), { confidence: 'likely' })
  const readsStopped: Refusal = { ...WRITE, history: { readWorked: MINUTE, stopped: SECOND, inARow: 2 } }
  t.equal(firstOf(readsStopped), 'key-revoked likely', 'reads worked and do not any more: that is no role which only reads')
})

t.test('a fault of LangSmith is suspected for the same host, lately, and for ordinary calls alone', async (t) => {
  const stopped = otherRoute({ sameKey: false, works: false, stoppedWorking: true })
  const given: Refusal = { ...READ, history: { readWorked: MINUTE }, others: [stopped] }
  t.match(causeOf(given, 'langsmith-incident'), { confidence: 'likely', fix: /status\.smith\.langchain\.com/ })
  t.equal(causeOf({ ...given, others: [{ ...stopped, upstreamHost: 'other.example.com' }] }, 'langsmith-incident'), undefined, 'another host')
  t.equal(causeOf({ ...given, history: { readWorked: 11 * MINUTE } }, 'langsmith-incident'), undefined, 'it worked too long ago')
  t.equal(causeOf({ ...given, method: 'DELETE', path: '/datasets/1' }, 'langsmith-incident'), undefined, 'not an ordinary call')
  t.equal(causeOf({ ...given, findings: acceptedAs(...ADMIN) }, 'langsmith-incident'), undefined, 'LangSmith accepts the key')
  const own: Refusal = { ...given, selfHosted: true, others: [{ ...stopped, region: undefined, upstreamHost: 'langsmith.internal.example.com' }] }
  t.match(causeOf(own, 'langsmith-incident')?.fix, /ask whoever runs langsmith\.internal\.example\.com/)
  t.notMatch(causeOf(own, 'langsmith-incident')?.fix, /status\.smith/)
})

t.test('a service key that is refused every read may be one for traces alone', async (t) => {
  const service: Refusal = { ...READ, kind: 'service' }
  const everywhere: Partial<Findings> = { ...REFUSED, regions: { us: 'refused', apac: 'refused', aws: 'refused' } }
  t.match(causeOf({ ...service, findings: REFUSED }, 'permission-missing'), { confidence: 'possible' })
  t.equal(causeOf({ ...WRITE, kind: 'service', findings: REFUSED }, 'permission-missing'), undefined, 'traces are what such a key may write')
  t.equal(firstOf({ ...service, findings: everywhere }), 'key-revoked possible')
  t.match(causeOf({ ...service, findings: everywhere }, 'key-other-region'), { confidence: 'possible', fix: /us, apac, aws/ })
  t.match(causeOf({ ...service, findings: everywhere }, 'permission-missing'), { confidence: 'possible' })
  t.equal(firstOf({ ...READ, findings: everywhere }), 'key-revoked likely', 'a person may read')
  t.equal(firstOf({ ...service, findings: everywhere, history: { readWorked: MINUTE } }), 'key-revoked likely', 'this one could')
})

t.test('a workspace is required for certain only where the permissions are told and suffice', async (t) => {
  const service: Refusal = { ...READ, kind: 'service' }
  const two = (permissions?: readonly string[]): Partial<Findings> => refusedIn(seen(WORKSPACE, permissions), seen(OTHER, permissions))
  check(t, [
    ['told, and they suffice', { ...service, findings: two(ADMIN) }, 'workspace-required certain'],
    ['in one of two', { ...service, findings: refusedIn(seen(WORKSPACE, ADMIN), seen(OTHER, ['runs:create'])) }, 'workspace-required likely'],
    ['empty lists', { ...service, findings: two([]) }, 'workspace-required likely'],
    ['a personal key, empty lists', { ...READ, findings: two([]) }, 'workspace-required possible'],
    ['one workspace, not told what the key may do there', { ...service, findings: refusedIn(seen(WORKSPACE, [])) }, 'permission-missing possible'],
    ['traces work without one', { ...service, age: 5 * MINUTE, history: { writeWorked: MINUTE }, findings: two([]) }, 'permission-missing possible', ['workspace-required']]
  ])
  t.notMatch(causeOf({ ...service, findings: refusedIn(seen(WORKSPACE, ADMIN)) }, 'workspace-required')?.summary, /several/, 'there is one')
})

t.test('a date that only a place claims proves nothing, and no tier explains a refusal while reads work', async (t) => {
  t.equal(firstOf({ ...READ, expiresIn: -1, findings: REFUSED }), 'key-expired likely')
  t.equal(causeOf({ ...WRITE, findings: { ...acceptedAs(...ADMIN), organization: organization({ tier: 'no_plan' }) } }, 'no-plan'), undefined)
})

t.test('a missing permission is to be had where the key has its rights from', async (t) => {
  const fixOf = (given: Refusal): string | undefined => causeOf(given, 'permission-missing')?.fix
  const findings = acceptedAs('projects:read')
  t.match(fixOf({ ...WRITE, findings }), /give the owner of the key a role with runs:create/)
  t.notMatch(fixOf({ ...WRITE, findings }), /create a/, 'a new personal key would have the same rights')
  t.match(fixOf({ ...WRITE, kind: 'service', findings }), /create a service key that has a role with runs:create/)
  t.match(fixOf({ ...READ, path: '/api/v1/orgs/current', findings }), /an admin of the organization/)
  t.match(fixOf({ ...WRITE, path: '/repos/-/x/tags', findings }), /prompts:create/)
  t.equal(causeOf({ ...WRITE, path: '/repos/-/x/tags', findings: acceptedAs('projects:read', 'prompts:tag') }, 'permission-missing')?.confidence, 'likely')
})

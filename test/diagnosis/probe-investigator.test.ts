// When LangSmith is asked why it refused, and how long what it said holds.

import t from 'tap'
import type { Test } from 'tap'
import { createInvestigator, ROUND_EVERY_MS } from '../../src/diagnosis/probe/investigator.ts'
import type { Investigator } from '../../src/diagnosis/probe/investigator.ts'
import type { Credential } from '../../src/secrets/credential.ts'
import { sandboxFor, workspaceOf } from '../sandbox/support.ts'
import { startRawUpstream, until } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'
import { always, credentialOf, hostsOf, regionsOf } from './probe-support.ts'

const RESEARCH = workspaceOf('research')
const PRODUCTION = workspaceOf('production')
const CALLS = 5 // of a round for a key without workspace

interface Watched extends Investigator {
  readonly defects: readonly unknown[]
  readonly pass: (ms: number) => void
}

function investigatorFor (t: Test, mostCredentials = 2000): Watched {
  let time = 0
  const defects: unknown[] = []
  const investigator = createInvestigator({ now: () => time, onDefect: (error) => { defects.push(error) }, mostCredentials })
  t.teardown(investigator.close)
  return { ...investigator, defects, pass: (ms) => { time += ms } }
}

t.test('with off, nobody is asked', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' })
  t.equal(investigatorFor(t).investigate(hosts, credentialOf('good-eu'), 'off'), undefined)
  t.equal(sandbox.requests.length, 0)
})

t.test('a hundred refusals at once are one round, and there is no other for ten minutes', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' })
  const credential = credentialOf('good-eu')
  const investigator = investigatorFor(t)
  t.equal(investigator.known(hosts.own.route, credential), undefined)

  const all = await Promise.all(Array.from({ length: 100 }, async () => investigator.investigate(hosts, credential, 'same-host')))
  t.equal(sandbox.requests.length, CALLS)
  t.equal(new Set(all).size, 1)
  t.match(all[0], { sessions: 'refused' })

  investigator.pass(ROUND_EVERY_MS - 1)
  t.same(investigator.known(hosts.own.route, credential), { findings: all[0], ago: ROUND_EVERY_MS - 1 })
  t.equal(investigator.investigate(hosts, credential, 'same-host'), undefined)
  investigator.pass(1)
  t.equal(investigator.known(hosts.own.route, credential), undefined, 'what was found is too old')
  t.match(await investigator.investigate(hosts, credential, 'same-host'), { sessions: 'refused' })
  t.equal(sandbox.requests.length, 2 * CALLS)
})

t.test('another version, workspace or upstream is asked about anew, at most six times in ten minutes; a route to the same upstream is not', async (t) => {
  const sandbox = await sandboxFor(t)
  const { us, eu } = sandbox.regions
  const hosts = hostsOf(t, { url: us.url, region: 'us' })
  const credential = credentialOf('service-us', RESEARCH)
  const others = [
    { name: 'version', credential: credentialOf('viewer-us', RESEARCH), hosts },
    { name: 'workspace', credential: credentialOf('service-us', PRODUCTION), hosts },
    { name: 'organization', credential: { ...credential, organizationId: RESEARCH }, hosts },
    { name: 'upstream', credential, hosts: hostsOf(t, { url: eu.url, region: 'eu' }) },
    { name: 'base path', credential, hosts: hostsOf(t, { url: `${us.url}/base`, region: 'us' }) }
  ]
  const investigator = investigatorFor(t)
  const round = investigator.investigate(hosts, credential, 'same-host')
  const sameUpstream = hostsOf(t, { url: us.url, region: 'us', prefix: '/us' })
  t.equal(investigator.investigate(sameUpstream, credentialOf('service-us', RESEARCH), 'same-host'), round, 'a route to the same upstream joins')
  await round
  for (const { name, ...other } of others) {
    t.equal(investigator.known(other.hosts.own.route, other.credential), undefined, `${name}: the findings are not about it`)
    t.not(investigator.investigate(other.hosts, other.credential, 'same-host'), undefined, name)
  }
  t.match(investigator.known(sameUpstream.own.route, credentialOf('service-us', RESEARCH)), { findings: { sessions: 'refused' }, ago: 0 })
  t.equal(investigator.investigate(hosts, credentialOf('editor-us'), 'same-host'), undefined, 'the seventh has to wait')
  t.not(investigator.investigate(hosts, credentialOf('service-us', RESEARCH, 'second'), 'same-host'), undefined, 'another credential may be asked about')
  investigator.pass(ROUND_EVERY_MS)
  t.not(investigator.investigate(hosts, credentialOf('editor-us'), 'same-host'), undefined, 'not for ever')
})

t.test('a round that a reload cut off is made again on the new connection', async (t) => {
  const sandbox = await sandboxFor(t)
  const dead = hostsOf(t, { url: 'http://127.0.0.1:9', region: 'us' })
  const { url } = sandbox.regions.us
  const hosts = hostsOf(t, { url, region: 'us' })
  const investigator = investigatorFor(t)
  const cut = { ...hosts, own: { ...hosts.own, connection: dead.own.connection } }
  t.equal(await investigator.investigate(cut, credentialOf('good-eu'), 'same-host'), undefined)
  t.equal(investigator.investigate(cut, credentialOf('good-eu'), 'same-host'), undefined, 'not on the same one')
  t.match(await investigator.investigate(hosts, credentialOf('good-eu'), 'same-host'), { sessions: 'refused' })
})

t.test('a success ends what says otherwise, and nothing else', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' })
  const elsewhere = hostsOf(t, { url: sandbox.regions.eu.url, region: 'eu' })
  const { own: { route } } = hosts
  const cases: readonly { name: string, key: string, told: (investigator: Investigator, credential: Credential) => void, holds: boolean }[] = [
    { name: 'a read ends a refusal', key: 'good-eu', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => 'runs:read') }, holds: false },
    { name: 'a write ends a refusal', key: 'good-eu', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => 'runs:create') }, holds: false },
    { name: 'a call without a documented permission ends a refusal', key: 'good-eu', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => undefined) }, holds: false },
    { name: 'of another key it ends nothing', key: 'good-eu', told: ({ accepted }) => { accepted(route, credentialOf('good-us').apiKey.fingerprint, () => 'runs:create') }, holds: true },
    { name: 'at another upstream it ends nothing', key: 'good-eu', told: ({ accepted }, { apiKey }) => { accepted(elsewhere.own.route, apiKey.fingerprint, () => 'runs:create') }, holds: true },
    { name: 'a read says nothing about a viewer', key: 'viewer-us', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => 'runs:read') }, holds: true },
    { name: 'what a viewer may not does, also with a read after it', key: 'viewer-us', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => 'runs:create'); accepted(route, apiKey.fingerprint, () => 'runs:read') }, holds: false },
    { name: 'a trace says nothing about a key for traces', key: 'ingest-us', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => 'runs:create') }, holds: true },
    { name: 'that it may list projects does', key: 'ingest-us', told: ({ accepted }, { apiKey }) => { accepted(route, apiKey.fingerprint, () => 'projects:read') }, holds: false }
  ]
  for (const { name, key, told, holds } of cases) {
    const credential = credentialOf(key)
    const later = investigatorFor(t)
    await later.investigate(hosts, credential, 'same-host')
    told(later, credential)
    t.equal(later.known(route, credential) !== undefined, holds, name)

    const meanwhile = investigatorFor(t)
    const round = meanwhile.investigate(hosts, credential, 'same-host')
    told(meanwhile, credential)
    t.not(await round, undefined, 'who waits for it still learns what was found')
    t.equal(meanwhile.known(route, credential) !== undefined, holds, `${name}, also while the round is under way`)
  }
})

t.test('a refused list of projects ends what a round found that was allowed to list them, and earns no other round', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' })
  const elsewhere = hostsOf(t, { url: sandbox.regions.eu.url, region: 'eu' })
  const { own: { route } } = hosts
  for (const [key, holds] of [['good-us', false], ['good-eu', true]] as const) {
    const credential = credentialOf(key)
    const investigator = investigatorFor(t)
    await investigator.investigate(hosts, credential, 'same-host')
    investigator.refusedList(route, credentialOf('viewer-us').apiKey.fingerprint)
    investigator.refusedList(elsewhere.own.route, credential.apiKey.fingerprint)
    t.not(investigator.known(route, credential), undefined, `${key}: that of another key, or elsewhere, says nothing`)
    investigator.refusedList(route, credential.apiKey.fingerprint)
    t.equal(investigator.known(route, credential) !== undefined, holds, key)
    investigator.pass(ROUND_EVERY_MS - 1)
    t.equal(investigator.investigate(hosts, credential, 'same-host'), undefined, key)
  }
})

t.test('a round in which nobody answered finds nothing, and counts', async (t) => {
  const upstream = await startUpstream(t, { answer: always(503, 'text/html', '<title>Busy</title>') })
  const hosts = hostsOf(t, { url: upstream.url })
  const investigator = investigatorFor(t)
  t.equal(await investigator.investigate(hosts, credentialOf('good-us'), 'same-host'), undefined)
  t.equal(upstream.received.length, CALLS)
  t.equal(investigator.investigate(hosts, credentialOf('good-us'), 'same-host'), undefined)
  t.equal(investigator.known(hosts.own.route, credentialOf('good-us')), undefined)
})

t.test('a defect is reported, and nobody who waits for the round fails', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }) // no other region can be opened
  const investigator = investigatorFor(t)
  const rounds = [1, 2].map(async () => investigator.investigate(hosts, credentialOf('good-eu'), 'regions'))
  t.same(await Promise.all(rounds), [undefined, undefined])
  t.match(investigator.defects, [{ message: 'eu must not be opened' }])
  t.equal(investigator.defects.length, 1)
})

t.test('closing ends the round under way, quietly, and there is none afterwards', async (t) => {
  const sandbox = await sandboxFor(t)
  const silent = await startRawUpstream(t, {})
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' }, { regions: { ...regionsOf(sandbox), eu: silent.url } })
  const investigator = investigatorFor(t)
  const round = investigator.investigate(hosts, credentialOf('good-eu'), 'regions')
  await until(() => silent.heads.length === 1, 'the call to the other region')
  const closedAt = performance.now()
  investigator.close()
  t.equal(await round, undefined)
  t.ok(performance.now() - closedAt < 500)
  t.same(hosts.opened, ['eu'])
  t.equal(hosts.open.size, 0)
  t.same(investigator.defects, [])
  t.equal(investigator.investigate(hosts, credentialOf('good-us', undefined, 'second'), 'same-host'), undefined)
})

t.test('a defect that only the end brought about is not reported', async (t) => {
  const sandbox = await sandboxFor(t)
  const hosts = hostsOf(t, { url: sandbox.regions.us.url, region: 'us' })
  const investigator = investigatorFor(t)
  const openRegion = (): never => {
    investigator.close()
    throw new Error('closed')
  }
  t.equal(await investigator.investigate({ ...hosts, openRegion }, credentialOf('good-eu'), 'regions'), undefined)
  t.same(investigator.defects, [])
})

t.test('so many credentials are remembered, the latest ones', async (t) => {
  const upstream = await startUpstream(t, { answer: always(403, 'application/json', '{"detail":"Forbidden"}') })
  const hosts = hostsOf(t, { url: upstream.url })
  const investigator = investigatorFor(t, 20)
  const ask = (n: number): ReturnType<Investigator['investigate']> => investigator.investigate(hosts, credentialOf('good-us', undefined, `team-${n}`), 'same-host')
  const isKnown = (n: number): boolean => investigator.known(hosts.own.route, credentialOf('good-us', undefined, `team-${n}`)) !== undefined
  await ask(0)
  await ask(1)
  investigator.pass(ROUND_EVERY_MS)
  await ask(0) // again: now team-1 is the one that was asked about longest ago
  for (let n = 2; n <= 20; n++) await ask(n)
  t.same([0, 2, 20].map(isKnown), [true, true, true])
  await ask(21)
  t.same([0, 2, 21].map(isKnown), [false, true, true])
  t.equal(ask(2), undefined)
  t.equal(upstream.received.length, 23 * CALLS)
})

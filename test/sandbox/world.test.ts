import t from 'tap'
import { DEFAULT_WORLD_YAML, defaultWorld } from '../../src/sandbox/default-world.ts'
import { describeSandbox } from '../../src/sandbox/describe.ts'
import { admits, isAddressBlock } from '../../src/sandbox/allow-list.ts'
import { parseWorld, readWorld } from '../../src/sandbox/parse-world.ts'
import { WorldInvalid } from '../../src/sandbox/world.ts'

const SMALL = `
organisations: [{ id: a0000000-0000-4000-8000-000000000001, name: acme, region: eu }]
workspaces: [{ id: B0000000-0000-4000-8000-000000000001, name: Lab, handle: lab, organisation: acme }]
keys: [{ name: one, value: canary-value, kind: service, organisation: acme }]
`

const WRONG: { title: string, from: string, to: string, says: RegExp }[] = [
  { title: 'an unknown field', from: 'kind: service', to: 'kind: service, revokd: true', says: /\/keys\/0 must NOT have additional properties \("revokd"\)/ },
  { title: 'an unknown region', from: 'region: eu', to: 'region: mars', says: /\/organisations\/0\/region .*"us","eu","apac","aws"/ },
  { title: 'an unknown permission', from: 'kind: service', to: 'kind: service, permissions: [fly]', says: /\/keys\/0\/permissions\/0/ },
  { title: 'a workspace ID that is no UUID', from: 'B0000000-', to: 'B000-', says: /\/workspaces\/0\/id/ },
  { title: 'a key with a blank', from: 'canary-value', to: 'canary value', says: /\/keys\/0\/value/ },
  { title: 'a workspace of nobody', from: 'handle: lab, organisation: acme', to: 'handle: lab, organisation: other', says: /workspace lab names an organisation/ },
  { title: 'a key of nobody', from: 'service, organisation: acme', to: 'service, organisation: other', says: /key one names an organisation/ },
  { title: 'a key for an unknown workspace', from: 'kind: service', to: 'kind: service, workspaces: [attic]', says: /key one names a workspace/ },
  { title: 'a default workspace out of reach', from: 'kind: service', to: 'kind: service, workspaces: [], defaultWorkspace: lab', says: /does not reach/ },
  { title: 'role and permissions', from: 'kind: service', to: 'kind: service, role: viewer, permissions: []', says: /both role and permissions/ },
  { title: 'a day that does not exist', from: 'kind: service', to: 'kind: service, expiresAt: 2020-13-01', says: /key one expires at a time/ },
  { title: 'an allow-list of nonsense', from: 'region: eu', to: 'region: eu, ipAllowlist: [everybody]', says: /organisation acme allows something/ },
  { title: 'no YAML', from: 'keys: [', to: 'keys: [[', says: /not YAML/ },
  { title: 'no world', from: SMALL, to: 'hello', says: /\/ must be object/ }
]

t.test('a world that makes no sense is refused with the place and without values of keys', async (t) => {
  t.equal(parseWorld(SMALL).keys.length, 1, 'the world that the cases spoil is right')
  for (const { title, from, to, says } of WRONG) {
    try {
      parseWorld(SMALL.replace(from, to))
      t.fail(title)
    } catch (error) {
      t.type(error, WorldInvalid, title)
      t.match((error as Error).message, says, title)
      t.notMatch((error as Error).message, /canary/, title)
    }
  }
})

t.test('all problems of a world come at once', async (t) => {
  const [key] = [{ name: 'one', value: 'v', kind: 'service', organisation: 'nobody' }]
  const error = t.throws(() => readWorld({ organisations: [], workspaces: [], keys: [key, { ...key, organisation: 'other' }] }), WorldInvalid) as WorldInvalid
  t.equal(error.problems.length, 2)
  t.throws(() => parseWorld(SMALL.replace('keys: [', 'keys: [{ name: two, value: canary-value, kind: service, organisation: acme }, ')), /two values of keys are the same/)
})

t.test('names are resolved and defaults filled in', async (t) => {
  const { organisations, keys: [key] } = parseWorld(SMALL)
  const lab = 'b0000000-0000-4000-8000-000000000001'
  t.match(organisations, [{ plan: 'plus', ipAllowlist: [] }])
  t.match(key, { region: 'eu', organisation: 'a0000000-0000-4000-8000-000000000001', workspaces: [lab], defaultWorkspace: lab, role: 'admin', revoked: false })
})

t.test('the default world has keys of the real shape that no one takes for real', async (t) => {
  const { keys } = defaultWorld()
  const secrets = keys.map(({ value }) => value.slice('lsv2_pt_'.length))
  for (const { name, value } of keys) {
    t.match(value, /^lsv2_(pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}$/, name)
    t.equal(new Set(value.slice(8, 40)).size <= 8, true, `${name} is visibly made of one word`)
  }
  for (const [index, secret] of secrets.entries()) {
    const runs = Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8))
    t.notOk(secrets.some((other, at) => at !== index && runs.some((run) => other.includes(run))), `nothing of ${keys[index]?.name ?? ''} occurs in another key`)
  }
})

t.test('the description shows every address, key and purpose', async (t) => {
  const world = defaultWorld()
  const at = (port: number): { url: string, port: number } => ({ url: `http://127.0.0.1:${port}`, port })
  const text = describeSandbox({ regions: { us: at(1), eu: at(2), apac: at(3), aws: at(4) } }, world).join('\n')
  for (const { value, about } of world.keys) t.ok(text.includes(value) && text.includes(about))
  for (const { id } of world.workspaces) t.ok(text.includes(id))
  for (const { id, name, region } of world.organisations) t.match(text, `\n  ${id}  ${name} (${region})\n`)
  t.match(text, '"langsmith-proxy demo"', 'where the regions are shown at work')
  t.match(text, 'apac  http://127.0.0.1:3')
  t.match(text, `curl -H 'X-API-Key: ${world.keys[0]?.value ?? ''}' 'http://127.0.0.1:1/api/v1/sessions?limit=1'`)
  t.match(DEFAULT_WORLD_YAML, '# A world')
  t.notMatch(describeSandbox({ regions: { us: at(1), eu: at(2), apac: at(3), aws: at(4) } }, { ...world, keys: [] }).join('\n'), 'curl')
})

t.test('allow-lists take addresses and blocks of both families', async (t) => {
  for (const entry of ['192.0.2.1', '192.0.2.0/24', '2001:db8::1', '2001:db8::/32']) t.ok(isAddressBlock(entry), entry)
  for (const entry of ['', 'host', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/8/8', '2001:db8::/129', '1.2.3']) t.notOk(isAddressBlock(entry), entry)

  t.ok(admits([], '203.0.113.9'), 'no list')
  t.ok(admits(['192.0.2.0/24'], '192.0.2.9'))
  t.ok(admits(['2001:db8::/32', '192.0.2.1'], '2001:db8::9'))
  t.ok(admits(['192.0.2.1'], '192.0.2.1'))
  t.notOk(admits(['192.0.2.0/24', '2001:db8::1'], '192.0.3.1'))
  t.notOk(admits(['192.0.2.0/24'], '2001:db8::9'))
})

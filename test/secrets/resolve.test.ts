import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import type { CredentialConfig, Upstream } from '../../src/config/config.ts'
import type { VaultSettings } from '../../src/config/vault-settings.ts'
import { STORED_DEFAULT } from '../../src/config/quick-start.ts'
import { parseUpstream, upstreamOfRegion } from '../../src/config/upstream.ts'
import { ProxyError } from '../../src/errors.ts'
import type { Credential } from '../../src/secrets/credential.ts'
import { resolveCredentials, type Resolved, type ResolveOptions } from '../../src/secrets/resolve.ts'
import { Secret } from '../../src/secrets/secret.ts'
import type { SecretStore } from '../../src/secrets/store/store.ts'
import { referenceTo } from './source-contract.ts'

const KEY = `lsv2_pt_${'0123456789abcdef'.repeat(2)}_0123456789`
const WORKSPACE = '1c9a6c1e-0000-4000-8000-000000000000'

function credential (name: string, apiKey: string, extra: Partial<CredentialConfig> = {}): CredentialConfig {
  const [scheme = '', rest = ''] = apiKey.split(/:(.*)/s)
  return {
    name, apiKey: referenceTo(scheme, rest, `config.yaml:12 credentials.${name}.apiKey`), workspaceId: undefined, organizationId: undefined, hosts: [], ...extra
  }
}

function options (env: Record<string, string>, extra: Partial<ResolveOptions> = {}): ResolveOptions {
  return {
    env, uid: process.getuid?.(), allowLooseFileModes: false, routesOf: (name) => [`/${name}`], upstreamsOf: () => [], loopbackOnly: () => false,
    allowMissing: false, existing: [], onSecret: () => {}, now: Date.now, privateVariables: new Set(), ending: new AbortController().signal, timeout: 5000, maskText: (text) => text, homeDir: '/nowhere',
    store: NO_STORE, vault: NO_VAULT, ...extra
  }
}

const NO_STORE: SecretStore = {
  files: [], read: () => Promise.resolve(undefined), remove: () => Promise.resolve([]), list: () => Promise.resolve([]), write: () => Promise.reject(new Error('not written'))
}
const NO_VAULT: VaultSettings = {
  address: undefined, namespace: undefined, ca: undefined, auth: 'token', mount: undefined, role: undefined, roleId: undefined, secretIdFile: undefined, tokenFile: undefined, jwtFile: undefined, insecure: false
}

/** The versions that were found, by name. */
function found ({ slots }: Resolved): ReadonlyMap<string, Credential | undefined> {
  return new Map(slots.map(({ name, current }) => [name, current]))
}

function upstreamFor (address: string): Upstream {
  const parsed = parseUpstream(address, { insecure: false })
  if (parsed.mistake !== undefined) throw new Error(parsed.mistake)
  return parsed.value
}

async function failureOf (promise: Promise<unknown>): Promise<ProxyError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

t.test('a missing key stops the start and says what, for which route, and where it was looked for', async (t) => {
  const missing = credential('eu', 'env:LANGSMITH_API_KEY')
  const error = await failureOf(resolveCredentials([missing], options({ PATH: '/bin' }, { routesOf: () => ['/', '/eu'] })))
  t.equal(error.code, 'secret-missing')
  t.equal(error.message, 'credential "eu" of routes /, /eu has no API key: environment variable LANGSMITH_API_KEY is not set '
  + '(looked for as env:LANGSMITH_API_KEY, set at config.yaml:12 credentials.eu.apiKey)')
  t.match(error.hint, /^set it where the proxy starts \(export LANGSMITH_API_KEY=…\); .*Settings → API Keys/)

  const empty = await failureOf(resolveCredentials([missing], options({ LANGSMITH_API_KEY: ' \n' })))
  t.match(empty.message, /LANGSMITH_API_KEY is empty/)

  const near = await failureOf(resolveCredentials([missing], options({ LANGCHAIN_API_KEY: 'canary-value' })))
  t.match(near.message, /; there is LANGCHAIN_API_KEY$/)
  t.match(near.hint, /rename it to LANGSMITH_API_KEY, or refer to it as env:LANGCHAIN_API_KEY/)
  t.notMatch(near.message + near.hint, /canary/)
})

t.test('each place that holds nothing is filled in its own way', async (t) => {
  for (const [reference, message, hint] of [
    ['store:nope', /stored secret nope is not there \(/, /^run langsmith-proxy secrets set nope; if you have none, /],
    ['file:/nowhere/key', /file \/nowhere\/key is not there \(/, /^put the key into file \/nowhere\/key; /]
  ] as const) {
    t.match(await failureOf(resolveCredentials([credential('us', reference)], options({}))), { code: 'secret-missing', message, hint })
  }
})

t.test('a variable that another credential refers to is not offered for a missing key', async (t) => {
  const us = credential('us', 'env:LANGSMITH_API_KEY', { workspaceId: referenceTo('env', 'LANGSMITH_EU_API_KEX') })
  const eu = credential('eu', 'env:LANGSMITH_EU_API_KEY')
  const env = { LANGSMITH_API_KEY: KEY, LANGSMITH_EU_API_KEX: WORKSPACE }
  const taken = await failureOf(resolveCredentials([us, eu], options(env)))
  t.match(taken.hint, /^set it where the proxy starts \(export LANGSMITH_EU_API_KEY=…\)/)
  t.notMatch(taken.message, /there is /)
  const unused = await failureOf(resolveCredentials([us, eu], options(env, { routesOf: (name) => name === 'eu' ? ['/'] : [] })))
  t.notMatch(unused.message, /there is /, 'even one that no route uses')
  const free = await failureOf(resolveCredentials([us, eu], options({ ...env, LANGCHAIN_API_KEY: KEY })))
  t.match(free, { message: /; there is LANGCHAIN_API_KEY$/, hint: /^if LANGCHAIN_API_KEY holds the key/ })
})

t.test('a reference that the environment made does not name its place twice', async (t) => {
  const byDefault = { ...credential('default', ''), apiKey: referenceTo('env', 'LANGSMITH_API_KEY', 'LANGSMITH_API_KEY (environment)') }
  const error = await failureOf(resolveCredentials([byDefault], options({})))
  t.match(error.message, /\(looked for as env:LANGSMITH_API_KEY\)$/)
  const stored = { ...credential('default', ''), apiKey: referenceTo('store', 'default', `${STORED_DEFAULT} (environment)`) }
  const cutOff = { apiKey: new Secret('lsv2_pt_012'), workspaceId: undefined, region: undefined, endpoint: undefined, storedAt: 'now' }
  const odd = await failureOf(resolveCredentials([stored], options({}, { store: { ...NO_STORE, read: async () => cutOff } })))
  t.match(odd.message, /\(store:default\) looks cut off/, 'and a variable that is not set is not named')
})

t.test('everything that is wrong is told at once', async (t) => {
  const folder = t.testdir({ loose: KEY, empty: '' })
  chmodSync(join(folder, 'loose'), 0o644)
  chmodSync(join(folder, 'empty'), 0o600)
  const error = await failureOf(resolveCredentials([
    credential('us', 'env:US_KEY'), credential('eu', `file:${join(folder, 'loose')}`), credential('self', `file:${join(folder, 'empty')}`),
    credential('good', 'env:GOOD'), credential('bad', 'env:BAD'), credential('later', 'later:x')
  ], options({ GOOD: KEY, BAD: 'canary\nsecond line of the key' })))
  t.equal(error.code, 'secret-missing', 'the code of the first')
  t.same(error.message.split('\n').map((line) => /"(\w+)"/.exec(line)?.[1] ?? line), ['us', 'eu', 'self', 'bad',
    'this version cannot read later: references (config.yaml:12 credentials.later.apiKey)'])
  t.match(error.message, /file \S+empty is empty/)
  t.match(error.hint, /chmod 600/)
  t.notMatch(inspect(error), /canary|0123456789abcdef/)
})

t.test('a key that could not be masked may go to this machine only', async (t) => {
  const short = [credential('us', 'env:SHORT')]
  const env = { SHORT: 'b2f1c8d0e9a7' }
  const error = await failureOf(resolveCredentials(short, options(env)))
  t.equal(error.code, 'secret-unusable')
  t.match(error.message, /the key of credential "us" of route \/us \(env:SHORT, .*\) looks cut off: it is shorter than 20 characters/)
  const placeholder = await failureOf(resolveCredentials(short, options({ SHORT: 'changeme' })))
  t.match(placeholder, { message: /is a placeholder: it is shorter/, hint: /put a real key there/ })
  const ellipsis = await failureOf(resolveCredentials(short, options({ SHORT: 'lsv2_…' })))
  t.match(ellipsis, { code: 'secret-unusable', message: /\) is a placeholder, not a key$/, hint: /put a real key there/ })
  const lines = await failureOf(resolveCredentials(short, options({ SHORT: `A=1\nLANGSMITH_API_KEY=${KEY}` })))
  t.match(lines, { code: 'secret-unusable', message: /line break/, hint: 'keep the key alone, on one line' })
  const credentials = found(await resolveCredentials(short, options(env, { loopbackOnly: (name) => name === 'us' })))
  t.equal(credentials.get('us')?.apiKey.reveal(), 'b2f1c8d0e9a7')
})

t.test('a placeholder is never sent to LangSmith, and only noticed elsewhere', async (t) => {
  const us = [credential('us', 'env:K')]
  const env = { K: 'your-langsmith-api-key' }
  const stopped = await failureOf(resolveCredentials(us, options(env, { upstreamsOf: () => [upstreamFor('http://127.0.0.1:1'), upstreamOfRegion('eu')] })))
  t.match(stopped, { code: 'secret-unusable', message: /the key of credential "us" of route \/us \(env:K, .*\) is a placeholder, not a key$/, hint: /put a real key there/ })
  for (const address of ['https://langsmith.example.com/api/v1', 'http://127.0.0.1:1']) {
    const { notices } = await resolveCredentials(us, options(env, { upstreamsOf: () => [upstreamFor(address)] }))
    t.same(notices.map(({ code }) => code), ['key-placeholder'], address)
  }
})

t.test('a workspace ID that is an API key or cannot be sent stops the start', async (t) => {
  for (const [id, words] of [[KEY, /workspace ID .* is an API key/], [`"${KEY}"`, /is an API key/], ['a\nb', /no header can carry/]] as const) {
    const error = await failureOf(resolveCredentials([credential('us', 'env:K', { workspaceId: id })], options({ K: KEY })))
    t.equal(error.code, 'secret-unusable')
    t.match(error.message, words)
    t.notMatch(error.message, /0123456789/)
  }
  const folder = t.testdir({ folder: {} })
  const unread = credential('us', 'env:K', { workspaceId: referenceTo('file', join(folder, 'folder')) })
  await t.rejects(resolveCredentials([unread], options({ K: KEY })), { code: 'secret-unreadable', message: /^the workspace ID of credential "us": .* is a folder/ })
})

t.test('what is odd becomes a notice that names credential and place, never the value', async (t) => {
  const folder = t.testdir({ id: `${WORKSPACE}\n` })
  chmodSync(join(folder, 'id'), 0o644)
  const resolved = await resolveCredentials([
    credential('quoted', 'env:QUOTED', { workspaceId: 'Workspace 1' }),
    credential('cut', 'env:CUT', { workspaceId: referenceTo('env', 'NONE'), organizationId: 'canary-org' }),
    credential('fine', 'env:FINE', { workspaceId: referenceTo('file', join(folder, 'id')), organizationId: WORKSPACE })
  ], options({ QUOTED: `"${KEY}"`, CUT: KEY.slice(0, 45), FINE: ` ${KEY}\r\n` }))
  const credentials = found(resolved)
  const { notices } = resolved
  t.same(notices.map(({ code }) => code), ['key-quotes', 'workspace-not-uuid', 'key-wrong-length', 'workspace-empty', 'organization-not-uuid'])
  t.same(notices[0], {
    code: 'key-quotes', hint: 'remove the quotes where the key is kept',
    message: 'the key of credential "quoted" (env:QUOTED, set at config.yaml:12 credentials.quoted.apiKey) has quotes around it'
  })
  t.match(notices[1]?.message, /credentials\.quoted\.workspaceId\) is not a UUID, so LangSmith will answer 401/)
  t.match(notices[3]?.message, /the workspace ID of credential "cut" \(env:NONE.*\) is not set, so none is sent/)
  t.notMatch(JSON.stringify(notices), /0123456789|Workspace 1|canary/)
  const blank = await resolveCredentials([credential('us', 'env:K', { workspaceId: referenceTo('env', 'WS') })], options({ K: KEY, WS: ' ' }))
  t.match(blank.notices, [{ code: 'workspace-empty', message: /is empty, so none is sent/ }])

  t.equal(credentials.get('quoted')?.apiKey.reveal(), `"${KEY}"`, 'the value is sent as it is')
  t.equal(credentials.get('quoted')?.workspaceId, 'Workspace 1')
  t.equal(credentials.get('cut')?.workspaceId, undefined, 'a reference to nothing counts as not set')
  t.match(credentials.get('fine'), { name: 'fine', secretRef: 'env:FINE', shape: { kind: 'personal', defects: [] }, workspaceId: WORKSPACE, organizationId: WORKSPACE })
  t.equal(credentials.get('fine')?.apiKey.reveal(), KEY, 'blanks around a key are not part of it')
  t.notMatch(inspect(credentials, { depth: 9 }) + JSON.stringify([...credentials]), /0123456789abcdef/)
})

t.test('a credential that no route uses is not looked up', async (t) => {
  const { slots, notices } = await resolveCredentials([credential('spare', 'env:SPARE')], options({}, { routesOf: () => [] }))
  t.same(slots, [])
  t.same(notices, [])
})

t.test('a defect of ours is not taken for a missing secret', async (t) => {
  const broken = options({ K: KEY }, { loopbackOnly: () => { throw new TypeError('defect') } })
  await t.rejects(resolveCredentials([credential('us', 'env:K'), credential('eu', 'env:NONE')], broken), { message: 'defect' })
})

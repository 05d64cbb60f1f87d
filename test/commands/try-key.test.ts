// Trying a key before it is stored: where the call goes, and what a person is told of its result.

import t from 'tap'
import type { Test } from 'tap'
import { keepKey } from '../../src/commands/keep-key.ts'
import { placeOfFlags, readStoreConfig, wayOfConfig, wayTo } from '../../src/commands/key-place.ts'
import type { Way } from '../../src/commands/key-place.ts'
import { storeOf } from '../../src/commands/stored.ts'
import { passesTest } from '../../src/commands/try-key.ts'
import { inspectKey } from '../../src/secrets/key-shape.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { keyOf, sandboxFor, workspaceOf } from '../sandbox/support.ts'
import { createAuthority } from '../support/certificates.ts'
import { startEgress } from '../support/egress-proxy.ts'
import { listed, storeEnv } from '../support/stored.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const WORKSPACE = workspaceOf('production')

function candidate (keyName: string, workspaceId?: string): Parameters<typeof passesTest>[0] {
  const key = keyOf(keyName)
  return { name: 'ours', apiKey: new Secret(key), shape: inspectKey(key), workspaceId }
}

async function outcome (t: Test, tried: ReturnType<typeof candidate>, way: Way): Promise<{ readonly kept: boolean, readonly said: string }> {
  const stderr = t.capture(process.stderr, 'write', () => true)
  const kept = await passesTest(tried, way, false)
  return { kept, said: stderr().map(({ args }) => String(args[0])).join('') }
}

t.test('a refusal, a dead end and a good key are told apart', async (t) => {
  const env = { ...storeEnv(t), XDG_CONFIG_HOME: t.testdir() }
  const config = readStoreConfig({ env, flags: {} })
  const { url } = (await sandboxFor(t)).regions.us
  const to = (endpoint: string): Way => wayTo({ region: undefined, endpoint }, { env, flags: {} }, config)
  const cases = [
    { name: 'of another region', tried: candidate('good-eu', WORKSPACE), kept: false, said: /refuses the key \(status 403\)\n {2}Possibly .*was made on another LangSmith.*\n {2}→ / },
    { name: 'without its workspace', tried: candidate('org-scoped-us'), kept: false, said: /is for a whole organization, so route \/ has to name a workspace\.\n {2}→ copy the workspace ID.*b0000000-0000-4000-8000-000000000001/ },
    { name: 'with its workspace', tried: candidate('org-scoped-us', WORKSPACE), kept: true, said: /^tested: LangSmith at 127\.0\.0\.1:\d+ accepts the key\n$/ },
    { name: 'at a dead end', tried: candidate('good-us'), way: to('http://127.0.0.1:9'), kept: true, said: /could not be tested at 127\.0\.0\.1:9: the upstream could not be reached: nothing listens there \(ECONNREFUSED\)\n/ }
  ]
  for (const { name, tried, way = to(url), kept, said } of cases) t.match(await outcome(t, tried, way), { kept, said }, name)
})

t.test('a region is tried through the forward proxy of this machine, like a request', async (t) => {
  const egress = await startEgress(t, { onConnect: (_request, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') } })
  const env = { ...storeEnv(t), XDG_CONFIG_HOME: t.testdir(), HTTPS_PROXY: egress.egress().url, LANGSMITH_ENDPOINT: 'https://langsmith.example.com', LANGSMITH_REGION: 'us' }
  const context = { env, flags: { region: 'eu' } }
  const place = placeOfFlags(context.flags, 5764)
  const tried = await outcome(t, candidate('good-eu'), wayTo(place ?? { region: undefined, endpoint: undefined }, context, readStoreConfig(context)))
  t.match(tried, { kept: true, said: /could not be tested at eu\.api\.smith\.langchain\.com/ })
  t.same(egress.asked, ['eu.api.smith.langchain.com:443'])
})

t.test('the way of the config file is taken: its certificates, its workspace, its host', async (t) => {
  const env = storeEnv(t)
  const authority = createAuthority()
  const upstream = await startUpstream(t, { tls: authority.issue(), answer: (_request, response) => { response.setHeader('content-type', 'application/json').end('[]') } })
  const folder = t.testdir({
    'ca.pem': authority.cert,
    'config.yaml': `credentials: { self: { apiKey: "store:ours", hosts: [127.0.0.1] } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: self, ca: ca.pem }]\n`
  })
  const plain = { env: { ...env, XDG_CONFIG_HOME: folder }, flags: {} }
  const context = { ...plain, flags: { config: `${folder}/config.yaml` } }
  const config = readStoreConfig(context)
  const typed = { region: undefined, endpoint: upstream.url }

  t.match(await outcome(t, candidate('good-us'), wayTo(typed, plain, readStoreConfig(plain))), { kept: true, said: /UNABLE_TO_VERIFY/ })
  t.equal(upstream.received.length, 0, 'a host that proves nothing gets nothing')

  t.equal(wayOfConfig('another', config), undefined)
  const own = wayOfConfig('ours', config)
  for (const way of [own, wayTo(typed, context, config)]) {
    if (way !== undefined) t.match(await outcome(t, candidate('good-us', WORKSPACE), way), { kept: true, said: /accepts the key/ })
  }
  t.match(upstream.received, [{ method: 'GET', url: '/api/v1/sessions?limit=1' }, {}], 'both ways lead there')
  for (const { rawHeaders } of upstream.received) t.same([valuesOf(rawHeaders, 'x-api-key'), valuesOf(rawHeaders, 'x-tenant-id')], [[keyOf('good-us')], [WORKSPACE]])

  if (own !== undefined) {
    const broken = { ...own, route: { ...own.route, caFile: `${folder}/none.pem` } }
    await t.rejects(passesTest(candidate('good-us'), broken, false), { code: 'config-invalid', message: /certificate file.*none\.pem/ })
  }
})

t.test('what is stored says what it is and where, and what it replaced', async (t) => {
  const env = { ...storeEnv(t), XDG_CONFIG_HOME: t.testdir() }
  const context = { env, flags: {} }
  const store = storeOf(readStoreConfig(context), context)
  const stderr = t.capture(process.stderr, 'write', () => true)
  const first = await keepKey(candidate('good-us', WORKSPACE), { region: 'us', endpoint: undefined }, store, undefined)
  t.match(first, /^stored ours: personal key, fingerprint [0-9a-f]{8}, region us, with a workspace ID\nkept in the encrypted file \S+\n$/)
  t.match(stderr(), [{ args: [/^note: made age identity file/] }])
  const again = await keepKey(candidate('service-us'), undefined, store, await store.read('ours'))
  t.match(again, /^stored ours: service key, fingerprint [0-9a-f]{8}, in place of [0-9a-f]{8}\n/)
  t.match(await listed(env), [{ name: 'ours', kind: 'service', workspace: false }])
})

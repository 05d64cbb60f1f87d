import t from 'tap'
import { isLoopback, isMetadata } from '../../src/config/addresses.ts'
import type { RouteConfig } from '../../src/config/config.ts'
import { failure, load, ONE_ROUTE } from './load-settings.ts'

const UUID = '1c9a6c1e-0000-4000-8000-000000000000'

/** A file with a route to an upstream, its credential free to go to the hosts. */
function routeTo (upstream: string, { hosts = '[]', more = '' } = {}): string {
  return `credentials: { self: { apiKey: "env:K", hosts: ${hosts} } }
routes:
  - { prefix: /, upstream: "${upstream}", credential: self${more} }`
}

t.test('a prefix that would mislead somebody is refused with the reason', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['eu', /must start with \//],
    ['/eu/', /must not end with \//],
    ['//', /must not end with \//],
    ['/a//b', /must have only letters/],
    ['/a%20b', /must have only letters/],
    ['/a b', /must have only letters/],
    ['/ü', /must have only letters/],
    ['/..', /no segment of dots alone/],
    ['/a/./b', /no segment of dots alone/],
    ['/a/...', /no segment of dots alone/],
    ['/-', /must not be \/- or below it, where the proxy has its own pages/],
    ['/-/x', /must not be \/- or below it/],
    ['/api', /must not start with \/api, because LangSmith's SDKs/],
    ['/team/lsv2_pt_0ddba11e0ddba11e', /holds a key/],
    ['/lsp_ana_0ddba11e', /holds a key/],
    ['/my-lsv2_sk_0ddba11e', /holds a key/],
    ['/API/x', /must not start with \/api/],
    ['/v1', /must not start with \/v1/],
    ['/v2/x', /must not start with \/v2/],
    ['/otel', /must not start with \/otel/],
    ['/runs', /must not start with \/runs/]
  ]
  for (const [prefix, reason] of cases) {
    const error = failure(t, { file: ONE_ROUTE.replace('prefix: /', `prefix: "${prefix}"`) })
    t.match(error.message, /^config\.yaml:3 routes\[0\]\.prefix: /, prefix)
    t.match(error.message, reason)
  }
})

t.test('prefixes of plain segments are fine, each once', async (t) => {
  for (const prefix of ['/', '/eu', '/team-a/eu.v1', '/~x', '/apis', '/v10', '/runs2', '/a/api', '/-x', '/tools__x', '/lsp']) {
    t.equal(load(t, { file: ONE_ROUTE.replace('prefix: /', `prefix: ${prefix}`) }).routes[0]?.prefix, prefix)
  }
  const twice = `${ONE_ROUTE.trimEnd().slice(0, -1)}, { prefix: /, region: eu, credential: us }]`
  t.equal(failure(t, { file: twice }).message, 'config.yaml:3 routes[1].prefix: is the prefix of routes[0] already; each route needs its own')
})

t.test('an upstream that is no safe address of an API is refused', async (t) => {
  const cases: readonly (readonly [string, RegExp, string?])[] = [
    ['api.smith.langchain.com', /must be a whole address such as https:\/\//],
    ['ftp://x.example.com', /must be a whole address/],
    ['https:x.example.com', /must be a whole address/],
    ['https://', /must be a whole address/],
    ['https://x.example.com:99999', /must be a whole address/],
    ['https://x.example.com\\\\@evil', /must be a whole address/],
    ['https://canary:canary@x.example.com', /must not hold a user name or password/],
    ['https://@x.example.com', /must not hold a user name/],
    ['https://x.example.com/?a=canary', /must not have a query or fragment/],
    ['https://x.example.com/#canary', /must not have a query or fragment/],
    ['https://x.example.com/a/../b', /must have a plain path/],
    ['https://x.example.com/a//b', /must have a plain path/],
    ['https://x.example.com/%61pi', /must have a plain path/],
    ['https://smith.langchain.com', /region us that is https:\/\/api\.smith\.langchain\.com$/],
    ['https://apac.smith.langchain.com/o/x', /region apac that is https:\/\/apac\.api\.smith\.langchain\.com$/],
    ['https://eu.api.smith.langchain.com/otel', /must not have a path: the API of region eu is at https:\/\/eu\.api\.smith\.langchain\.com$/],
    ['http://langsmith.example.com', /must start with https:\/\/; plain http is for this machine only, or for a route with insecure: true/],
    ['http://api.smith.langchain.com', /must start with https:\/\/, as LangSmith's own hosts/, ', insecure: true'],
    ['http://169.254.169.254/latest', /must not be a link-local address or a metadata service/, ', insecure: true'],
    ['http://[fd00:ec2::254]', /metadata service/, ', insecure: true'],
    ['http://metadata.google.internal', /metadata service/, ', insecure: true'],
    ['http://0xa9fea9fe', /metadata service/, ', insecure: true'],
    ['http://[::ffff:169.254.169.254]', /metadata service/, ', insecure: true']
  ]
  for (const [upstream, reason, more] of cases) {
    const { message } = failure(t, { file: routeTo(upstream, { more }) })
    t.match(message, /^config\.yaml:3 routes\[0\]\.upstream: /, upstream)
    t.match(message, reason)
    t.notMatch(message, /canary/)
  }
})

t.test('a route has either a region or an upstream', async (t) => {
  t.equal(failure(t, { file: ONE_ROUTE.replace('region: us,', '') }).message, 'config.yaml:3 routes[0]: needs a region (us, eu, apac, aws) or an upstream')
  const both = ONE_ROUTE.replace('region: us', 'region: us, upstream: "https://api.smith.langchain.com"')
  t.equal(failure(t, { file: both }).message, 'config.yaml:3 routes[0].upstream: cannot go with region; keep one of them')
})

t.test('a key goes only to LangSmith, to this machine and to the hosts it is bound to', async (t) => {
  const refused = failure(t, { file: routeTo('https://langsmith.example.com/api') })
  t.equal(refused.message, 'config.yaml:3 routes[0].upstream: credential self may not be sent to this host; '
  + 'to allow it, add credentials.self.hosts: [langsmith.example.com]')
  t.match(failure(t, { file: routeTo('https://[fd00::1]') }).message, /hosts: \["fd00::1"\]$/)
  for (const near of ['example.com', 'sub.langsmith.example.com', 'xlangsmith.example.com']) {
    t.equal(failure(t, { file: routeTo('https://langsmith.example.com', { hosts: `[${near}]` }) }).code, 'config-invalid', near)
  }
  for (const host of ['https://api.smith.langchain.com.evil.example', 'https://api.smith.langchain.com.', 'https://beta.api.smith.langchain.com']) {
    t.match(failure(t, { file: routeTo(host) }).message, /may not be sent/, host)
  }
  t.ok(load(t, { file: routeTo('https://langsmith.example.com:8443', { hosts: '[LangSmith.Example.com]' }) }))
  t.ok(load(t, { file: routeTo('https://[fd00::1]', { hosts: '["[fd00::1]"]' }) }))
  t.ok(load(t, { file: routeTo('http://127.0.0.1:9999') }))
  t.ok(load(t, { file: routeTo('https://us-central1.p.api.smith.langchain.com') }))
})

t.test('an upstream is taken apart into what is dialled and how paths are mapped', async (t) => {
  const cases: readonly (readonly [string, Partial<RouteConfig['upstream']>])[] = [
    ['https://EU.api.smith.langchain.com:443/', { origin: 'https://eu.api.smith.langchain.com', host: 'eu.api.smith.langchain.com', basePath: '', selfHosted: false, region: 'eu', tls: true }],
    ['https://api.smith.langchain.com/api/v1', { basePath: '', selfHosted: false, region: 'us' }],
    ['https://europe-west4.p.api.smith.langchain.com', { hostname: 'europe-west4.p.api.smith.langchain.com', region: 'eu' }],
    ['https://own.example:8443/api/v1', { origin: 'https://own.example:8443', host: 'own.example:8443', hostname: 'own.example', basePath: '', selfHosted: true, region: undefined }],
    ['https://own.example/api/', { basePath: '', selfHosted: true }],
    ['https://own.example/langsmith/api/v1/', { basePath: '/langsmith', selfHosted: true }],
    ['https://own.example/langsmith', { basePath: '/langsmith', selfHosted: false }],
    ['https://own.example/myapi', { basePath: '/myapi', selfHosted: false }],
    ['http://localhost:1984', { origin: 'http://localhost:1984', tls: false, host: 'localhost:1984' }],
    ['http://[::1]:80/api', { origin: 'http://[::1]', host: '[::1]', hostname: '::1', selfHosted: true }]
  ]
  for (const [upstream, expected] of cases) {
    t.match(load(t, { file: routeTo(upstream, { hosts: '[own.example]' }) }).routes[0]?.upstream, expected, upstream)
  }
  const insecure = load(t, { file: routeTo('http://own.example', { hosts: '[own.example]', more: ', insecure: true' }) })
  t.match(insecure.routes[0], { insecure: true, upstream: { tls: false } })
})

t.test('names in a route must exist', async (t) => {
  t.match(failure(t, { file: ONE_ROUTE.replace('credential: us', 'credential: uss') }).message, /routes\[0\]\.credential: there is no credential of this name; did you mean us\?$/)
  const open = failure(t, { file: ONE_ROUTE.replace('credential: us }', 'credential: us, open: [api-keys, member] }') })
  t.equal(open.message, 'config.yaml:3 routes[0].open[1]: must be one of api-keys, members; did you mean members?')
  t.same(load(t, { file: ONE_ROUTE.replace('credential: us }', 'credential: us, open: [members, members] }') }).routes[0]?.open, ['members'])
})

t.test('a reference that cannot be followed is refused, and what it says is not quoted', async (t) => {
  const reference = /apiKey: must be a reference such as env:LANGSMITH_API_KEY .*not the key itself$/
  const cases: readonly (readonly [string, RegExp])[] = [
    ['lsv2_pt_canary', reference],
    ['canary', reference],
    ['', reference],
    ['C:\\\\canary', reference],
    ['env:lsv2_pt_canary', reference],
    ['env:ls__canary', reference],
    ['envv:canary', /must start with env:, file:, exec:, store:, vault:; did you mean env\?$/],
    ['https://canary', /must start with env:/],
    ['env:', /must name one variable after env:/],
    ['env:canary key', /must name one variable after env:/],
    ['env:$canary', /must name one variable after env:/],
    ['file:', /must name a file after file:/],
    ['file:#canary', /must name a file after file:/],
    ['file:~/canary', /must give the whole path/],
    ['file:/canary#', /must name an entry of the file after #/],
    ['exec:', /must name a program after exec:/],
    ['exec: ', /must name a program after exec:/],
    ['exec:echo \'canary', /has a quote that is not closed/],
    ['exec:~/canary', /must give the whole path/],
    ['exec:lsv2_pt_canary', reference],
    ['store:', /must name a stored secret after store:/],
    ['store:a/canary', /must name a stored secret after store:/],
    ['store:lsv2_pt_canary', reference],
    ['store:us#canary', /may end in #workspaceId and nothing else/],
    ['vault:#canary', /must name a path after vault:/],
    ['vault:/canary#key', /must name a path after vault:/],
    ['vault:a/../canary#key', /must name a path after vault:/],
    ['vault:secret/data/canary', /must name a field after #/]
  ]
  for (const [text, reason] of cases) {
    const { code, message } = failure(t, { file: ONE_ROUTE.replace('env:US_KEY', text) })
    t.equal(code, 'config-invalid', text)
    t.match(message, /^config\.yaml:2 credentials\.us\.apiKey: /)
    t.match(message, reason)
    t.notMatch(message, /canary/)
  }
  t.match(failure(t, { file: ONE_ROUTE.replace('"env:US_KEY"', '["env:US_KEY", "canary"]') }).message, /apiKey: must be text; only the words of an exec: command may be a list$/)
  t.match(failure(t, { file: ONE_ROUTE.replace('"env:US_KEY"', '[1]') }).message, /apiKey\[0\]: must be /)
})

t.test('each kind of reference is taken apart, and shows nothing that may be secret', async (t) => {
  const parsed = (apiKey: string): unknown => load(t, { file: ONE_ROUTE.replace('"env:US_KEY"', apiKey) }).credentials[0]?.apiKey
  const setAt = 'config.yaml:2 credentials.us.apiKey'
  const cases: readonly (readonly [string, object])[] = [
    ['"file:/run/keys.json#us"', { scheme: 'file', rest: '/run/keys.json', field: 'us', text: 'file:/run/keys.json#us' }],
    ['"file:/run/a#b#us"', { scheme: 'file', rest: '/run/a#b', field: 'us', text: 'file:/run/a#b#us' }],
    ['"exec:pass"', { scheme: 'exec', rest: 'pass', args: [], text: 'exec:pass' }],
    ['"exec:op read  \'op://a b/c\'\t--x=\\"y z\\""', { scheme: 'exec', rest: 'op', args: ['read', 'op://a b/c', '--x=y z'], text: 'exec:op …' }],
    ['["exec:/usr/bin/op", "read", "it\'s", ""]', { scheme: 'exec', rest: '/usr/bin/op', args: ['read', 'it\'s', ''], text: 'exec:/usr/bin/op …' }],
    ['"store:us"', { scheme: 'store', rest: 'us', text: 'store:us' }],
    ['"store:us#workspaceId"', { scheme: 'store', rest: 'us', field: 'workspaceId', text: 'store:us#workspaceId' }],
    ['"vault:secret/data/langsmith#api_key"', { scheme: 'vault', rest: 'secret/data/langsmith', field: 'api_key', text: 'vault:secret/data/langsmith#api_key' }]
  ]
  for (const [written, expected] of cases) t.same(parsed(written), { ...expected, setAt }, written)
})

t.test('a workspace is a UUID or a reference, an organization a UUID', async (t) => {
  const withIds = (ids: string) => ONE_ROUTE.replace('"env:US_KEY"', `"env:US_KEY", ${ids}`)
  for (const text of ['canary', 'my workspace', 'evn:CANARY', `${UUID}0`]) {
    const { message } = failure(t, { file: withIds(`workspaceId: "${text}"`) })
    t.match(message, /credentials\.us\.workspaceId: must be a UUID, as LangSmith shows it for the workspace, or a reference/)
    t.notMatch(message, /canary/i)
  }
  t.match(failure(t, { file: withIds('workspaceId: 12') }).message, /workspaceId: must be a UUID in quotes, or a reference/)
  t.match(failure(t, { file: withIds('organizationId: "env:ORG"') }).message, /organizationId: must be a UUID/)
  t.match(load(t, { file: withIds('workspaceId: "store:us#workspaceId"') }).credentials[0]?.workspaceId, { scheme: 'store', field: 'workspaceId' })

  const literal = load(t, { file: withIds(`workspaceId: ${UUID}, organizationId: ${UUID}`) }).credentials[0]
  t.match(literal, { workspaceId: UUID, organizationId: UUID })
  const referenced = load(t, { file: withIds('workspaceId: "env:WORKSPACE"') }).credentials[0]
  t.same(referenced?.workspaceId, { scheme: 'env', rest: 'WORKSPACE', text: 'env:WORKSPACE', setAt: 'config.yaml:2 credentials.us.workspaceId' })
})

t.test('relative paths start at the folder of the file', async (t) => {
  const file = `credentials: { us: { apiKey: "file:./keys/us#apiKey" } }
routes: [{ prefix: /, region: us, credential: us, ca: own.pem }]`
  const config = load(t, { file })
  const folder = config.source.replace(/\/config\.yaml$/, '')
  t.match(config.credentials[0]?.apiKey, { scheme: 'file', rest: `${folder}/keys/us`, field: 'apiKey', text: `file:${folder}/keys/us#apiKey` })
  t.equal(config.routes[0]?.caFile, `${folder}/own.pem`)
  t.equal(load(t, { file: file.replace('own.pem', '/etc/own.pem') }).routes[0]?.caFile, '/etc/own.pem')
})

t.test('what is unused is said and does no harm', async (t) => {
  const unused = load(t, { file: ONE_ROUTE.replace('} }', '}, old: { apiKey: "env:OLD" } }') })
  t.match(unused.notices, [{ code: 'credential-unused', message: /^config\.yaml:2 credentials\.old: / }])
  const insecure = load(t, { file: ONE_ROUTE.replace('credential: us }', 'credential: us, insecure: true }') })
  t.match(insecure.notices, [{ code: 'setting-without-effect', message: /routes\[0\]\.insecure/ }])
  const ca = load(t, { file: routeTo('http://localhost:1', { more: ', ca: own.pem' }) })
  t.match(ca.notices, [{ code: 'setting-without-effect', message: /routes\[0\]\.ca/ }])
})

t.test('only canonical spellings are loopback, every spelling of a metadata address is one', async (t) => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1']) t.ok(isLoopback(host), host)
  for (const host of ['', '0', '127.1', '0.0.0.0', '::', '128.0.0.1', 'localhost.example.com', 'x.localhost', '::2', '127.0.0.1 ']) t.notOk(isLoopback(host), host)
  for (const host of ['169.254.0.1', '::ffff:169.254.169.254', 'fe80::1', 'FD00:EC2::254', 'fd00:ec2:0::254', '100.100.100.200', 'metadata.google.internal.']) t.ok(isMetadata(host), host)
  for (const host of ['169.253.0.1', '10.0.0.1', 'fd00::1', 'metadata.example.com', '']) t.notOk(isMetadata(host), host)
})

t.test('a credential that does not exist is named, also on a route that has another mistake', async (t) => {
  const { message } = failure(t, {
    file: 'credentials: { us: { apiKey: "env:KEY" } }\nroutes:\n  - { prefix: /, region: mars, credential: uss }\n'
  })
  t.match(message, /routes\[0\]\.region: must be one of/)
  t.match(message, /routes\[0\]\.credential: there is no credential of this name; did you mean us\?/)
})

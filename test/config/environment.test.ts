import t from 'tap'
import { failure, load, ONE_ROUTE } from './load-settings.ts'

t.test('a slip in the name of a variable is an error with the nearest right name', async (t) => {
  const cases = [
    ['LANGSMITH_PROXY_PROT', 'LANGSMITH_PROXY_PORT'],
    ['LANGSMITH_PROXY_LOGLEVEL', 'LANGSMITH_PROXY_LOG_LEVEL'],
    ['LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATE', 'LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED'],
    ['LANGSMITH_PROXY_CONFIG_FILE', 'LANGSMITH_PROXY_CONFIG'],
    ['LANGSMITH_PROXY_API_KEY', 'LANGSMITH_API_KEY'],
    ['LANGSMITH_PROXY_REGION', 'LANGSMITH_REGION']
  ] as const
  for (const [wrong, right] of cases) {
    const error = failure(t, { env: { [wrong]: 'canary' } })
    t.equal(error.message, `${wrong}: there is no such setting; did you mean ${right}?`)
  }
  t.equal(failure(t, { env: { LANGSMITH_PROXY_XYZZYQQQ: '1' } }).message, 'LANGSMITH_PROXY_XYZZYQQQ: there is no such setting')
})

t.test('a variable with a wrong value says what is accepted', async (t) => {
  const cases = [
    ['LANGSMITH_PROXY_LISTEN_PORT', 'canary', 'must be a whole number from 0 to 65535'],
    ['LANGSMITH_PROXY_PORT', '-1', 'must be a whole number from 0 to 65535'],
    ['LANGSMITH_PROXY_LISTEN_BODY_LIMIT', '10MB', 'must be a whole number from 1'],
    ['LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED', 'yes', 'must be true or false'],
    ['LANGSMITH_PROXY_LOG_FORMAT', 'jsn', 'must be one of auto, json, pretty; did you mean json?'],
    ['LANGSMITH_PROXY_TIMEOUTS_CONNECT', '0s', 'must be a time such as 500ms, 10s, 5m or 1h, more than 0'],
    ['LANGSMITH_PROXY_TIMEOUTS_FIRST_BYTE', '10', 'must be a time such as 500ms, 10s, 5m or 1h, more than 0'],
    ['LANGSMITH_PROXY_DRAIN_DELAY', '1 s', 'must be a time such as 500ms, 10s, 5m or 1h'],
    ['LANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS', 'a, https://b', 'must be a host name or address, without scheme, port or path']
  ] as const
  for (const [name, value, accepted] of cases) t.equal(failure(t, { env: { [name]: value } }).message, `${name}: ${accepted}`)
})

t.test('two names of one setting must not disagree', async (t) => {
  const error = failure(t, { env: { LANGSMITH_PROXY_PORT: '1', LANGSMITH_PROXY_LISTEN_PORT: '2' } })
  t.match(error.message, /^LANGSMITH_PROXY_LISTEN_PORT: is another name for LANGSMITH_PROXY_PORT/)
  t.equal(load(t, { env: { LANGSMITH_PROXY_PORT: '1', LANGSMITH_PROXY_LISTEN_PORT: '1' } }).listen.port, 1)
})

t.test('variables are trimmed, empty ones count as not set, lists are separated by commas', async (t) => {
  const config = load(t, {
    env: {
      LANGSMITH_PROXY_HOST: ' 127.0.0.1 ',
      LANGSMITH_PROXY_PORT: '  ',
      LANGSMITH_PROXY_LOG_LEVEL: '',
      LANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS: 'Proxy.Internal, fd00::1,,[FD00::2]',
      LANGSMITH_WORKSPACE_ID: ' \n'
    }
  })
  t.match(config, { listen: { host: '127.0.0.1', port: 5764 }, log: { level: 'info' } })
  t.same(config.listen.allowedHosts, ['proxy.internal', '[fd00::1]', '[fd00::2]'], 'as a Host header has them')
  t.equal(config.credentials[0]?.workspaceId, undefined)
})

t.test('names that Kubernetes makes for a Service are ignored with one notice', async (t) => {
  const config = load(t, {
    env: {
      LANGSMITH_PROXY_SERVICE_HOST: '10.0.0.7',
      LANGSMITH_PROXY_SERVICE_PORT: '5764',
      LANGSMITH_PROXY_SERVICE_PORT_HTTP: '5764',
      LANGSMITH_PROXY_PORT: 'tcp://10.0.0.7:5764',
      LANGSMITH_PROXY_PORT_5764_TCP: 'tcp://10.0.0.7:5764',
      LANGSMITH_PROXY_PORT_5764_TCP_PROTO: 'tcp',
      LANGSMITH_PROXY_PORT_5764_TCP_PORT: '5764',
      LANGSMITH_PROXY_PORT_5764_TCP_ADDR: '10.0.0.7',
      LANGSMITH_PROXY_ADMIN_PORT: 'tcp://10.0.0.8:80'
    }
  })
  t.equal(config.listen.port, 5764)
  t.equal(config.admin, undefined)
  t.equal(config.notices.length, 1)
  t.match(config.notices[0], { code: 'service-links-ignored', hint: /enableServiceLinks: false/ })
  t.notMatch(JSON.stringify(config.notices), /10\.0\.0/)
})

t.test('without a file: what does not fit together is refused', async (t) => {
  const cases = [
    [{ LANGSMITH_REGION: 'ue' }, /^LANGSMITH_REGION: must be one of us, eu, apac, aws/],
    [{ LANGSMITH_REGION: 'eu', LANGSMITH_ENDPOINT: 'https://api.smith.langchain.com' }, /^LANGSMITH_REGION: does not go with LANGSMITH_ENDPOINT/],
    [{ LANGSMITH_REGION: 'us', LANGSMITH_ENDPOINT: 'https://langsmith.example.com' }, /^LANGSMITH_REGION: does not go with LANGSMITH_ENDPOINT/],
    [{ LANGSMITH_REGION: 'us', LANGSMITH_ENDPOINT: 'nonsense' }, /^LANGSMITH_ENDPOINT: must be a whole address/],
    [{ LANGSMITH_ENDPOINT: 'https://eu.smith.langchain.com' }, /^LANGSMITH_ENDPOINT: .*not of the web pages: for region eu that is https:\/\/eu\.api\.smith\.langchain\.com$/],
    [{ LANGSMITH_ENDPOINT: 'http://langsmith.example.com' }, /^LANGSMITH_ENDPOINT: must start with https:\/\//],
    [{ LANGSMITH_ENDPOINT: 'http://localhost:5765' }, undefined],
    [{ LANGSMITH_ENDPOINT: 'mailto:canary' }, /^LANGSMITH_ENDPOINT: must be a whole address/]
  ] as const
  for (const [env, message] of cases) {
    if (message === undefined) t.ok(load(t, { env }))
    else t.match(failure(t, { env }).message, message)
  }
})

t.test('without a file: one route to the US, its key by reference, whether it is set or not', async (t) => {
  const inVariable = { scheme: 'env', rest: 'LANGSMITH_API_KEY', text: 'env:LANGSMITH_API_KEY', setAt: 'LANGSMITH_API_KEY (environment)' }
  const stored = { scheme: 'store', rest: 'default', text: 'store:default', setAt: 'default key of langsmith-proxy init (environment)' }
  for (const [env, apiKey] of [[{}, stored], [{ LANGSMITH_API_KEY: ' ' }, stored], [{ LANGSMITH_API_KEY: 'local-proxy' }, stored], [{ LANGSMITH_API_KEY: 'canary' }, inVariable]] as const) {
    const config = load(t, { env })
    t.equal(config.source, 'environment')
    t.match(config.routes, [{ prefix: '/', credential: 'default', upstream: { origin: 'https://api.smith.langchain.com', region: 'us' } }])
    t.same(config.credentials, [{
      name: 'default',
      apiKey,
      workspaceId: undefined,
      organizationId: undefined,
      hosts: []
    }])
    t.same(config.notices, [])
    t.notMatch(JSON.stringify(config), /canary/)
  }
})

t.test('without a file: region, endpoint and workspace are taken from the environment', async (t) => {
  const eu = load(t, { env: { LANGSMITH_REGION: 'eu', LANGSMITH_WORKSPACE_ID: 'canary' } })
  t.match(eu.routes[0]?.upstream, { hostname: 'eu.api.smith.langchain.com', region: 'eu' })
  t.same(eu.credentials[0]?.workspaceId, {
    scheme: 'env', rest: 'LANGSMITH_WORKSPACE_ID', text: 'env:LANGSMITH_WORKSPACE_ID', setAt: 'LANGSMITH_WORKSPACE_ID (environment)'
  })
  const both = load(t, { env: { LANGSMITH_REGION: 'apac', LANGSMITH_ENDPOINT: 'https://apac.api.smith.langchain.com/' } })
  t.equal(both.routes[0]?.upstream.region, 'apac')
  const known = load(t, { env: { LANGSMITH_ENDPOINT: 'https://aws.api.smith.langchain.com' } })
  t.equal(known.routes[0]?.upstream.region, 'aws')
})

t.test('a stored key goes where init stored that it belongs, and nowhere that only a variable says', async (t) => {
  const stored = { region: 'eu', endpoint: undefined, hasWorkspace: true }
  const eu = load(t, { storedDefault: stored })
  t.match(eu.routes, [{ upstream: { region: 'eu' } }])
  t.match(eu.credentials, [{ apiKey: { text: 'store:default' }, workspaceId: { text: 'store:default#workspaceId' } }])
  t.match(load(t, { storedDefault: stored, env: { LANGSMITH_REGION: 'us' } }).routes, [{ upstream: { region: 'us' } }], 'a variable goes first')
  t.match(load(t, { storedDefault: stored, env: { LANGSMITH_API_KEY: 'canary' } }).routes, [{ upstream: { region: 'us' } }], 'with a key of its own, what is stored does not count')

  const own = { region: undefined, endpoint: 'https://langsmith.example.com/api/v1', hasWorkspace: false }
  t.match(load(t, { storedDefault: own }).routes, [{ upstream: { origin: 'https://langsmith.example.com' } }])
  // The attack: a repository's .envrc names an endpoint, and the person's own key would go there.
  for (const storedDefault of [stored, own]) {
    const error = failure(t, { storedDefault, env: { LANGSMITH_ENDPOINT: 'https://evil.example' } })
    t.match(error.message, /^LANGSMITH_ENDPOINT: is not where the stored key belongs; run langsmith-proxy init/)
  }
})

t.test('who sets a self-hosted endpoint together with the key allows the key to go there', async (t) => {
  for (const [endpoint, hostname] of [['https://LangSmith.example.com:8443/api/v1', 'langsmith.example.com'], ['https://[fd00::1]/api', 'fd00::1']] as const) {
    const config = load(t, { env: { LANGSMITH_ENDPOINT: endpoint } })
    t.match(config.routes[0]?.upstream, { hostname, selfHosted: true, region: undefined })
    t.same(config.credentials[0]?.hosts, [hostname])
  }
})

t.test('an endpoint that is the proxy itself is for the apps and is ignored with a notice', async (t) => {
  for (const endpoint of ['http://localhost:5764', 'http://127.0.0.1:5764/eu', 'http://[::1]:5764/', 'https://localhost:5764/otel']) {
    const config = load(t, { env: { LANGSMITH_ENDPOINT: endpoint, LANGSMITH_REGION: 'eu' } })
    t.equal(config.routes[0]?.upstream.region, 'eu')
    t.match(config.notices, [{ code: 'endpoint-is-proxy', message: /^LANGSMITH_ENDPOINT/ }])
  }
  const moved = load(t, { env: { LANGSMITH_ENDPOINT: 'http://localhost:80' }, flags: { port: '80' } })
  t.match(moved.notices, [{ code: 'endpoint-is-proxy' }])
  const other = load(t, { env: { LANGSMITH_ENDPOINT: 'http://localhost:5764', LANGSMITH_PROXY_PORT: '5000' } })
  t.equal(other.routes[0]?.upstream.origin, 'http://localhost:5764', 'another port is another server, such as the sandbox')
  t.same(other.notices, [])
})

t.test('without a file: other names of the variables are not read, and that is said', async (t) => {
  const env = { LANGSMITH_API_KEY: 'x', LANGCHAIN_API_KEY: 'canary', LANGCHAIN_ENDPOINT: 'https://canary.example.com', LANGSMITH_TENANT_ID: 'canary' }
  const config = load(t, { env })
  t.equal(config.routes[0]?.upstream.region, 'us')
  t.same(config.notices.map(({ code, message }) => [code, message]), [
    ['variable-renamed', 'LANGCHAIN_API_KEY (environment): not used, because the proxy reads LANGSMITH_API_KEY'],
    ['variable-renamed', 'LANGCHAIN_ENDPOINT (environment): not used, because the proxy reads LANGSMITH_ENDPOINT'],
    ['variable-renamed', 'LANGSMITH_TENANT_ID (environment): not used, because the proxy reads LANGSMITH_WORKSPACE_ID']
  ])
  t.match(config.notices[1]?.hint, /LANGSMITH_ENDPOINT/)
  t.notMatch(JSON.stringify(config.notices), /canary/)

  t.same(load(t, { env: { LANGCHAIN_ENDPOINT: 'http://localhost:5764' } }).notices, [], 'the apps need the address of the proxy')
  t.same(load(t, { env: { LANGSMITH_API_KEY: 'x', LANGCHAIN_API_KEY: 'x' } }).notices, [], 'the same under both names')
  t.same(load(t, { env: { LANGCHAIN_API_KEY: 'x' } }).notices, [], 'the missing key is an error, which names it')
})

t.test('with a file the variables of LangSmith select nothing, and that is said', async (t) => {
  const env = { US_KEY: 'x', LANGSMITH_API_KEY: 'canary', LANGSMITH_REGION: 'eu', LANGSMITH_ENDPOINT: 'https://canary.example.com' }
  const config = load(t, { env, file: ONE_ROUTE })
  t.equal(config.routes[0]?.upstream.region, 'us')
  t.same(config.notices.map(({ code }) => code), ['variables-unused'])
  t.match(config.notices[0]?.message, /^LANGSMITH_API_KEY, LANGSMITH_REGION, LANGSMITH_ENDPOINT \(environment\): not used/)
  t.notMatch(JSON.stringify(config.notices), /canary/)

  const referenced = load(t, {
    env: { LANGSMITH_API_KEY: 'x', LANGSMITH_ENDPOINT: 'http://localhost:5764' },
    file: ONE_ROUTE.replace('US_KEY', 'LANGSMITH_API_KEY')
  })
  t.same(referenced.notices, [])
})

// The environment of a command behind a proxy of its own, as a function of ours.

import t from 'tap'
import { environmentFor } from '../../src/commands/run/environment.ts'
import type { Given } from '../../src/commands/run/environment.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { createKeyFinder } from '../../src/swap/key-in-text.ts'
import { routeOf, TEST_KEY } from '../support/proxy.ts'

const URL_HERE = 'http://127.0.0.1:4321'
const given: Given = {
  url: URL_HERE, usualPort: 5764, taken: new Set(['KEY_US', 'VAULT_TOKEN']), holdsKey: createKeyFinder([new Secret(TEST_KEY)]),
  routes: [routeOf({ upstream: 'https://api.smith.langchain.com' }), routeOf({ prefix: '/eu', upstream: 'https://eu.api.smith.langchain.com' }), routeOf({ prefix: '/self', upstream: 'https://ls.example.com/sub/api/v1' })]
}

function made (parent: Readonly<Record<string, string>>): Record<string, string> {
  return environmentFor(parent, given).env
}

t.test('what holds a key, or leads to another one, is not passed on; everything else is', async (t) => {
  const { env, withheld } = environmentFor({
    PATH: '/bin', OPENAI_API_KEY: 'sk-other', LANGSMITH_PROJECT: 'mine', LANGSMITH_TRACING: 'true', EMPTY: '',
    KEY_US: 'a-key', VAULT_TOKEN: 'hvs.x', LANGSMITH_API_KEY: TEST_KEY, LANGCHAIN_API_KEY: TEST_KEY,
    LANGSMITH_WORKSPACE_ID: 'w', LANGCHAIN_WORKSPACE_ID: 'w', LANGSMITH_TENANT_ID: 'w', LANGSMITH_PROFILE: 'p', LANGCHAIN_PROFILE: 'p', LANGSMITH_CONFIG_FILE: 'f',
    LANGSMITH_RUNS_ENDPOINTS: '{}', LANGCHAIN_RUNS_ENDPOINTS: '{}', LANGSMITH_PROXY_CONFIG: 'c', LANGSMITH_PROXY_PORT: '1',
    BACKUP: TEST_KEY, OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${TEST_KEY},Langsmith-Project=mine`
  }, given)
  t.same(env, {
    PATH: '/bin', OPENAI_API_KEY: 'sk-other', LANGSMITH_PROJECT: 'mine', LANGSMITH_TRACING: 'true', EMPTY: '',
    LANGSMITH_ENDPOINT: URL_HERE, LANGCHAIN_ENDPOINT: URL_HERE, LANGSMITH_API_KEY: 'local-proxy', LANGCHAIN_API_KEY: 'local-proxy',
    NO_PROXY: 'localhost,127.0.0.1', no_proxy: 'localhost,127.0.0.1'
  })
  t.same(withheld, ['BACKUP', 'OTEL_EXPORTER_OTLP_HEADERS'], 'what nobody would expect to be missing is named')
})

t.test('what NO_PROXY exempts stays exempt, in both spellings', async (t) => {
  const cases: readonly (readonly [Record<string, string>, string, string])[] = [
    [{ NO_PROXY: 'corp.example' }, 'corp.example,localhost,127.0.0.1', 'corp.example,localhost,127.0.0.1'],
    [{ no_proxy: 'corp.example' }, 'corp.example,localhost,127.0.0.1', 'corp.example,localhost,127.0.0.1'],
    [{ NO_PROXY: 'a', no_proxy: 'b' }, 'a,localhost,127.0.0.1', 'b,localhost,127.0.0.1'],
    [{ NO_PROXY: 'localhost, 127.0.0.1 ,a' }, 'localhost,127.0.0.1,a', 'localhost,127.0.0.1,a'],
    [{ NO_PROXY: '*' }, '*', '*'],
    [{ NO_PROXY: '' }, 'localhost,127.0.0.1', 'localhost,127.0.0.1']
  ]
  for (const [parent, upper, lower] of cases) t.match(made(parent), { NO_PROXY: upper, no_proxy: lower }, JSON.stringify(parent))
})

// Whoever exports the endpoint of the EU means the EU: through another route the call would go to another region, with another key.
t.test('an endpoint keeps the prefix it names, or becomes the route that leads there', async (t) => {
  const cases = [
    ['http://localhost:5764', ''], ['http://127.0.0.1:5764/', ''], ['http://localhost:5764/eu', '/eu'],
    ['https://eu.api.smith.langchain.com', '/eu'], ['https://eu.api.smith.langchain.com/', '/eu'], ['https://EU.api.smith.langchain.com/api/v1', '/eu/api/v1'],
    ['https://api.smith.langchain.com', ''], ['https://ls.example.com/sub/api/v1', '/self/api/v1']
  ] as const
  for (const [before, path] of cases) {
    const expected = { LANGSMITH_ENDPOINT: URL_HERE + path, LANGCHAIN_ENDPOINT: URL_HERE + path }
    t.match(environmentFor({ LANGSMITH_ENDPOINT: before }, given), { env: expected, unroutedEndpoint: undefined }, before)
    t.match(made({ LANGCHAIN_ENDPOINT: before }), expected, `${before}, by the older name alone`)
    t.match(made({ LANGSMITH_ENDPOINT: before, LANGCHAIN_ENDPOINT: 'https://api.smith.langchain.com' }), expected, `${before}, which goes before the older name`)
  }
  t.equal(environmentFor({}, given).unroutedEndpoint, undefined)
})

t.test('an endpoint that no route leads to becomes the proxy as a whole, and is told', async (t) => {
  for (const before of ['https://apac.api.smith.langchain.com', 'https://ls.example.com/subway', 'https://eu.api.smith.langchain.com:8443', 'http://localhost:9999', 'nonsense']) {
    for (const name of ['LANGSMITH_ENDPOINT', 'LANGCHAIN_ENDPOINT']) {
      t.match(environmentFor({ [name]: before }, given), { env: { LANGSMITH_ENDPOINT: URL_HERE, LANGCHAIN_ENDPOINT: URL_HERE }, unroutedEndpoint: name }, `${name}=${before}`)
    }
  }
})

t.test('of several routes to one place the default one is taken, then the one whose base is longest', async (t) => {
  const us = 'https://api.smith.langchain.com'
  const first = { ...given, routes: [routeOf({ prefix: '/team', upstream: us }), routeOf({ prefix: '/', upstream: us })] }
  t.match(environmentFor({ LANGSMITH_ENDPOINT: us }, first).env, { LANGSMITH_ENDPOINT: URL_HERE })
  const nested = { ...given, routes: [routeOf({ prefix: '/', upstream: 'https://ls.example.com' }), routeOf({ prefix: '/sub', upstream: 'https://ls.example.com/sub' })] }
  t.match(environmentFor({ LANGSMITH_ENDPOINT: 'https://ls.example.com/sub/x' }, nested).env, { LANGSMITH_ENDPOINT: `${URL_HERE}/sub/x` })
})

t.test('an exporter that sends to LangSmith is led through the proxy; one that sends elsewhere is left alone', async (t) => {
  const cases = [
    ['https://api.smith.langchain.com/otel', `${URL_HERE}/otel`], ['https://eu.api.smith.langchain.com/otel/', `${URL_HERE}/eu/otel`],
    ['https://ls.example.com/sub/api/v1/otel', `${URL_HERE}/self/api/v1/otel`], ['http://localhost:5764/otel', `${URL_HERE}/otel`],
    ['http://localhost:4318', 'http://localhost:4318'], ['https://otel.example.com/otel', 'https://otel.example.com/otel'], ['localhost:4317', 'localhost:4317'], ['https://ls.example.com/other', 'https://ls.example.com/other'], ['https://ls.example.com/subway', 'https://ls.example.com/subway']
  ] as const
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'LANGSMITH_BASE_URL']) {
    for (const [before, after] of cases) t.equal(made({ [name]: before })[name], after, `${name}=${before}`)
    t.notOk(name in made({}), `${name} is not made up`)
  }
})

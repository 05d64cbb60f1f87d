// The environment of a command behind a proxy of its own, as a function of ours.

import t from 'tap'
import { environmentFor } from '../../src/commands/run/environment.ts'
import type { Given } from '../../src/commands/run/environment.ts'
import { hideKeys } from '../../src/hide-keys.ts'
import { routeOf, TEST_KEY } from '../support/proxy.ts'

const URL_HERE = 'http://127.0.0.1:4321'
const given: Given = {
  url: URL_HERE, usualPort: 5764, taken: new Set(['KEY_US', 'VAULT_TOKEN']), holdsKey: (text) => hideKeys(text) !== text,
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

t.test('an endpoint of the proxy on its usual port keeps its prefix; any other becomes the proxy as a whole', async (t) => {
  const cases = [
    ['http://localhost:5764', ''], ['http://127.0.0.1:5764/', ''], ['http://localhost:5764/eu', '/eu'], ['https://eu.api.smith.langchain.com', ''], ['nonsense', '']
  ] as const
  for (const [before, path] of cases) t.match(made({ LANGSMITH_ENDPOINT: before }), { LANGSMITH_ENDPOINT: URL_HERE + path, LANGCHAIN_ENDPOINT: URL_HERE + path }, before)
})

t.test('an exporter that sends to LangSmith is led through the proxy; one that sends elsewhere is left alone', async (t) => {
  const cases = [
    ['https://api.smith.langchain.com/otel', `${URL_HERE}/otel`], ['https://eu.api.smith.langchain.com/otel/', `${URL_HERE}/eu/otel`],
    ['https://ls.example.com/sub/api/v1/otel', `${URL_HERE}/self/api/v1/otel`], ['http://localhost:5764/otel', `${URL_HERE}/otel`],
    ['http://localhost:4318', 'http://localhost:4318'], ['https://otel.example.com/otel', 'https://otel.example.com/otel'], ['localhost:4317', 'localhost:4317'], ['https://ls.example.com/other', 'https://ls.example.com/other']
  ] as const
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'LANGSMITH_BASE_URL']) {
    for (const [before, after] of cases) t.equal(made({ [name]: before })[name], after, `${name}=${before}`)
    t.notOk(name in made({}), `${name} is not made up`)
  }
})

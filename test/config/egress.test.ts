import t from 'tap'
import { isExempt } from '../../src/config/no-proxy.ts'
import { failure, load, ONE_ROUTE } from './load-settings.ts'

t.test('a forward proxy of another kind is refused by the name of its variable', async (t) => {
  const cases = [
    [{ HTTPS_PROXY: 'socks5://canary@proxy:1080' }, 'HTTPS_PROXY: must be an http: or https: proxy; other kinds are not supported'],
    [{ all_proxy: 'socks://canary' }, 'all_proxy: must be an http: or https: proxy; other kinds are not supported'],
    [{ https_proxy: 'http://canary:pass word@:x' }, 'https_proxy: must be an address such as http://proxy.example.com:3128']
  ] as const
  for (const [env, message] of cases) t.equal(failure(t, { env }).message, message)
  const twice = failure(t, { env: { HTTPS_PROXY: 'socks5://x' }, file: `${ONE_ROUTE.trimEnd().slice(0, -1)}, { prefix: /eu, region: eu, credential: us }]` })
  t.notMatch(twice.message, '\n', 'one variable is one mistake, however many routes use it')
})

t.test('a wrong proxy that no route would use does not matter', async (t) => {
  const env = { HTTPS_PROXY: 'socks5://x' }
  t.ok(load(t, { env: { ...env, LANGSMITH_ENDPOINT: 'http://localhost:9999' } }))
  t.ok(load(t, { env: { ...env, NO_PROXY: '*' } }))
  t.ok(load(t, { env: { ...env, LANGSMITH_PROXY_EGRESS_PROXY: 'none' } }))
})

t.test('the first variable that is set names the proxy', async (t) => {
  const cases = [
    [{ HTTPS_PROXY: 'http://a:3128', ALL_PROXY: 'http://b' }, 'HTTPS_PROXY', 'a:3128'],
    [{ HTTPS_PROXY: 'http://a', https_proxy: 'http://b:1' }, 'https_proxy', 'b:1'],
    [{ HTTPS_PROXY: ' ', ALL_PROXY: 'https://b' }, 'ALL_PROXY', 'b:443'],
    [{ all_proxy: 'b' }, 'all_proxy', 'b:80'],
    [{ HTTPS_PROXY: 'proxy.example.com:3128' }, 'HTTPS_PROXY', 'proxy.example.com:3128'],
    [{ HTTPS_PROXY: 'http://[fd00::1]:8080' }, 'HTTPS_PROXY', '[fd00::1]:8080']
  ] as const
  for (const [env, setAt, shown] of cases) t.match(load(t, { env }).routes[0]?.egress, { setAt, shown })
  t.equal(load(t, { env: { HTTP_PROXY: 'http://a', http_proxy: 'http://b' } }).routes[0]?.egress, undefined)
})

t.test('what is shown of a proxy holds no password', async (t) => {
  const egress = load(t, { env: { HTTPS_PROXY: 'http://ana:canary@proxy:3128' } }).routes[0]?.egress
  t.same(egress, { url: 'http://ana:canary@proxy:3128/', shown: 'proxy:3128', setAt: 'HTTPS_PROXY' })
})

t.test('plain http and this machine never go through a proxy', async (t) => {
  const env = { HTTPS_PROXY: 'http://a', ALL_PROXY: 'http://a' }
  const insecure = `credentials: { self: { apiKey: "env:K", hosts: [own.example] } }
routes: [{ prefix: /, upstream: "http://own.example", credential: self, insecure: true }]`
  t.equal(load(t, { env, file: insecure }).routes[0]?.egress, undefined)
  t.match(load(t, { env, file: insecure.replace('http://', 'https://') }).routes[0]?.egress, { shown: 'a:80' })
  for (const endpoint of ['https://localhost:8443', 'https://127.0.0.1', 'https://[::1]']) {
    t.equal(load(t, { env: { ...env, LANGSMITH_ENDPOINT: endpoint } }).routes[0]?.egress, undefined)
  }
})

t.test('NO_PROXY decides per route', async (t) => {
  const config = load(t, {
    env: { HTTPS_PROXY: 'http://a', no_proxy: '.example.com, eu.api.smith.langchain.com', NO_PROXY: '*' },
    file: `${ONE_ROUTE.trimEnd().slice(0, -1)}, { prefix: /eu, region: eu, credential: us }]`
  })
  t.match(config.routes[0]?.egress, { shown: 'a:80' })
  t.equal(config.routes[1]?.egress, undefined)
})

t.test('NO_PROXY takes names, domains, addresses and ports, as curl does', async (t) => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['', 'a.example.com', false],
    ['*', 'a.example.com', true],
    ['example.com', 'example.com', true],
    ['example.com', 'a.example.com', true],
    ['.example.com', 'a.example.com', true],
    ['.example.com', 'example.com', true],
    ['*.example.com', 'a.example.com', true],
    ['example.com.', 'a.example.com', true],
    ['EXAMPLE.com', 'a.example.com', true],
    ['example.com', 'badexample.com', false],
    ['a.example.com', 'example.com', false],
    ['.', 'example.com', false],
    ['x, y example.com', 'example.com', true],
    ['example.com:443', 'example.com', true],
    ['example.com:8443', 'example.com', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1:443', '10.0.0.1', true],
    ['0.0.1', '10.0.0.1', false],
    ['fd00::1', 'fd00::1', true],
    ['[fd00::1]:443', 'fd00::1', true],
    ['[fd00::1]:444', 'fd00::1', false]
  ]
  for (const [list, host, expected] of cases) t.equal(isExempt(list, host, 443), expected, `${list} for ${host}`)
})

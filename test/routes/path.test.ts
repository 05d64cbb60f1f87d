import fc from 'fast-check'
import t from 'tap'
import { judgeTarget, pathOf } from '../../src/guard/target.ts'
import { clientLocation, upstreamPath } from '../../src/routes/path.ts'
import { createRouteTable, isUnder } from '../../src/routes/table.ts'
import { cutQuery } from '../../src/swap/query.ts'
import { holds } from '../support/property.ts'
import { routeOf, startProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const CLOUD = routeOf({ upstream: 'https://api.smith.langchain.com' })
const EU = routeOf({ upstream: 'https://eu.api.smith.langchain.com', prefix: '/eu' })
const DEEP = routeOf({ upstream: 'https://eu.api.smith.langchain.com', prefix: '/team/a' })
const SELF = routeOf({ upstream: 'https://ls.example/api/v1' })
const SELF_API = routeOf({ upstream: 'https://ls.example/api', prefix: '/self' })
const SELF_BELOW = routeOf({ upstream: 'https://ls.example:8443/smith/api/v1', prefix: '/self' })
const BASED = routeOf({ upstream: 'http://127.0.0.1:1984/base' })

t.test('a prefix is whole segments of the raw path, and the longest wins', async (t) => {
  const routeFor = createRouteTable([CLOUD, EU, DEEP, routeOf({ upstream: 'https://x.example', prefix: '/team' })])
  const cases: readonly [path: string, prefix: string][] = [
    ['/', '/'], ['/eu', '/eu'], ['/eu/', '/eu'], ['/eu/runs', '/eu'], ['/europe', '/'], ['/Eu/x', '/'], ['/eu;x/y', '/'], ['/%65u/x', '/'], ['/eu%2fx', '/'], ['//eu/x', '/'], ['/x/eu', '/'],
    ['/team', '/team'], ['/team/a', '/team/a'], ['/team/ab', '/team'], ['/team/a/b', '/team/a'], ['/team//a', '/team']
  ]
  for (const [path, prefix] of cases) t.equal(routeFor(path)?.prefix, prefix, path)
  t.equal(createRouteTable([EU])('/europe'), undefined)
  t.equal(createRouteTable([])('/'), undefined)
  t.notOk(isUnder('/eu', '/e'))
})

t.test('a path is cut and mapped by the table, and otherwise left alone', async (t) => {
  const cases: readonly [route: typeof CLOUD, path: string, forwarded: string][] = [
    [CLOUD, '/', '/'],
    [CLOUD, '/api/v1/runs', '/api/v1/runs'],
    [CLOUD, '/runs/', '/runs/'],
    [CLOUD, '/api/v1/../%2e', '/api/v1/../%2e'],
    [CLOUD, '/otel', '/otel/v1/traces'],
    [CLOUD, '/otel/', '/otel/v1/traces'],
    [CLOUD, '/v1/traces', '/otel/v1/traces'],
    [CLOUD, '/otel/v1/traces', '/otel/v1/traces'],
    [CLOUD, '/otel/v1/traces/v1/traces', '/otel/v1/traces'],
    [CLOUD, '/v1/traces/', '/v1/traces/'],
    [CLOUD, '/v1/tracesx', '/v1/tracesx'],
    [CLOUD, '/OTEL', '/OTEL'],
    [CLOUD, '/otel/v1/metrics', '/otel/v1/metrics'],
    [EU, '/eu', '/'],
    [EU, '/eu/', '/'],
    [EU, '/eu//', '//'],
    [EU, '/eu/eu/x', '/eu/x'],
    [EU, '/eu/otel', '/otel/v1/traces'],
    [EU, '/eu/v1/traces', '/otel/v1/traces'],
    [DEEP, '/team/a/api/v1/x%2fy', '/api/v1/x%2fy'],
    [SELF, '/api/v1/runs', '/api/v1/runs'],
    [SELF, '/api', '/api'],
    [SELF, '/apis', '/api/v1/apis'],
    [SELF, '/v1/runs', '/api/v1/runs'],
    [SELF, '/v2/runs', '/api/v2/runs'],
    [SELF, '/v10/runs', '/api/v1/v10/runs'],
    [SELF, '/runs', '/api/v1/runs'],
    [SELF, '/', '/api/v1/'],
    [SELF, '/otel', '/api/v1/otel/v1/traces'],
    [SELF, '/otel/v1/traces', '/api/v1/otel/v1/traces'],
    [SELF, '/v1/traces', '/api/v1/otel/v1/traces'],
    [SELF, '/api/v1/otel/v1/traces', '/api/v1/otel/v1/traces'],
    [SELF_API, '/self/runs', '/api/v1/runs'],
    [SELF_API, '/self', '/api/v1/'],
    [SELF_BELOW, '/self/api/v2/x', '/smith/api/v2/x'],
    [SELF_BELOW, '/self/v2/x', '/smith/api/v2/x'],
    [SELF_BELOW, '/self/x', '/smith/api/v1/x'],
    [BASED, '/runs', '/base/runs'],
    [BASED, '/v1/traces', '/base/otel/v1/traces']
  ]
  for (const [route, path, forwarded] of cases) t.equal(upstreamPath(route, path), forwarded, `${route.upstream.origin}${route.upstream.basePath} ${path}`)
})

t.test('a redirect to another origin is left as it is, and its host is named', async (t) => {
  const cases: readonly [route: typeof CLOUD, location: string, host: string][] = [
    [CLOUD, 'https://evil.example/x', 'evil.example'],
    [CLOUD, '//evil.example/x', 'evil.example'],
    [CLOUD, 'http://api.smith.langchain.com/x', 'api.smith.langchain.com'],
    [CLOUD, 'https://api.smith.langchain.com:444/x', 'api.smith.langchain.com:444'],
    [CLOUD, 'https://api.smith.langchain.com:80/x', 'api.smith.langchain.com:80'],
    [CLOUD, 'https://api.smith.langchain.com.evil.example/', 'api.smith.langchain.com.evil.example'],
    [CLOUD, 'https://api.smith.langchain.com@evil.example/x', 'evil.example'],
    [CLOUD, 'https://user:canary@Evil.Example/x', 'evil.example'],
    [CLOUD, 'https://user@api.smith.langchain.com/x', 'api.smith.langchain.com'],
    [CLOUD, 'ftp://api.smith.langchain.com/x', 'api.smith.langchain.com'],
    [CLOUD, 'javascript:alert(1)', 'javascript:'],
    [CLOUD, 'https:/x', 'https:'],
    [EU, 'https://api.smith.langchain.com/x', 'api.smith.langchain.com'],
    [SELF, 'https://ls.example/login', 'ls.example'],
    [SELF, '/login', 'ls.example'],
    [SELF_BELOW, 'https://ls.example:8443/smith/login', 'ls.example'],
    [SELF_BELOW, '/smithy/api', 'ls.example'],
    [CLOUD, 'https://api.smith.langchain.com//evil.example/x', 'api.smith.langchain.com'],
    [BASED, '/base//evil.example/x', '127.0.0.1'],
    [BASED, '/elsewhere', '127.0.0.1']
  ]
  for (const [route, location, host] of cases) t.strictSame(clientLocation(route, location), { location, foreignHost: host }, location)
  t.equal(clientLocation(CLOUD, `https://${'x'.repeat(1000)}/`).foreignHost?.length, 100, 'a long name is cut for the log')
})

t.test('a redirect to the upstream\'s own origin stays in the proxy', async (t) => {
  const cases: readonly [route: typeof CLOUD, location: string, mapped: string][] = [
    [CLOUD, 'https://api.smith.langchain.com/runs?x=1#y', '/runs?x=1#y'],
    [CLOUD, 'HTTPS://API.smith.LangChain.com:443/runs', '/runs'],
    [CLOUD, '//api.smith.langchain.com/runs', '/runs'],
    [CLOUD, 'https://api.smith.langchain.com', '/'],
    [CLOUD, 'https://api.smith.langchain.com?x', '/?x'],
    [CLOUD, 'https://api.smith.langchain.com#x', '/#x'],
    [CLOUD, '/runs/%2f', '/runs/%2f'],
    [CLOUD, 'runs/1', 'runs/1'],
    [CLOUD, '?page=2', '?page=2'],
    [CLOUD, '#x', '#x'],
    [CLOUD, '', ''],
    [EU, 'https://eu.api.smith.langchain.com/runs/', '/eu/runs/'],
    [EU, '/runs?next=https://evil.example', '/eu/runs?next=https://evil.example'],
    [EU, '/', '/eu/'],
    [EU, 'https://eu.api.smith.langchain.com//evil.example/x', '/eu//evil.example/x'],
    [EU, 'next', 'next'],
    [SELF, 'https://ls.example/api/v1/runs', '/api/v1/runs'],
    [SELF_API, '/api/v1/runs/', '/self/api/v1/runs/'],
    [SELF_API, 'https://ls.example/api?x', '/self/api?x'],
    [SELF_BELOW, 'https://ls.example:8443/smith/api/v1/x', '/self/api/v1/x'],
    [BASED, 'http://127.0.0.1:1984/base/x', '/x'],
    [BASED, '/base?x', '/?x']
  ]
  for (const [route, location, mapped] of cases) t.strictSame(clientLocation(route, location), { location: mapped }, `${route.prefix} ${location}`)
})

t.test('a redirect of the upstream, followed through the proxy, arrives at what the upstream meant', async (t) => {
  for (const upstream of ['https://api.smith.langchain.com', 'https://ls.example/api/v1', 'https://ls.example:8443/smith/api/v1', 'http://127.0.0.1:1984/base']) {
    for (const prefix of ['/', '/eu', '/team/a']) {
      const route = routeOf({ upstream, prefix })
      const { basePath, origin, selfHosted } = route.upstream
      await holds(t, fc.property(fc.stringMatching(/^(?:\/[a-z0-9%]{0,4}){1,4}$/), fc.boolean(), (path, absolute) => {
        const meant = `${basePath}${selfHosted ? '/api' : '/x'}${path}`
        const { location } = clientLocation(route, (absolute ? origin : '') + meant)
        return isUnder(prefix, location) && upstreamPath(route, location) === meant
      }), { numRuns: 100 })
    }
  }
})

t.test('whatever the target, it is refused or forwarded as its own bytes, cut and mapped', async (t) => {
  const root = await startUpstream(t)
  const eu = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: root.url }, { upstream: `${eu.url}/base`, prefix: '/eu' }] })
  const piece = fc.constantFrom('/', '/', 'eu', 'runs', '-', '.', '..', '%2e', '%2F', '%5c', '%65u', '%252e', '%', '%zz', '%ff', ';', ';x', '?', '&', '=', 'api_key=x', '@', '#', '\\', '*', 'http:', '\u0000', '\u00e9', '{', '"', '|')
  const target = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))

  await holds(t, fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: target.map((rest) => `/${rest}`) }, { weight: 4, arbitrary: target.map((rest) => `/eu/${rest}`) }, { weight: 1, arbitrary: target }), async (raw) => {
    const [rootBefore, euBefore] = [root.received.length, eu.received.length]
    const { status } = await sendRaw(proxy.port, rawRequest('GET', raw, ['Connection: close']))
    const forwarded = [...root.received.slice(rootBefore), ...eu.received.slice(euBefore)].map(({ url }) => url)
    if (status === 200 && pathOf(raw) === '/-/') return forwarded.length === 0 // the dashboard
    if (status !== 200 || raw.startsWith('/-/')) return forwarded.length === 0 && status >= 400 && status < 500

    const path = pathOf(raw)
    const below = isUnder('/eu', path)
    const expected = (below ? `/base${path.slice(3) === '' ? '/' : path.slice(3)}` : path) + cutQuery(raw.slice(path.length)).query
    return judgeTarget(raw) === undefined && forwarded.length === 1 && forwarded[0] === expected && eu.received.length - euBefore === Number(below)
  }), { numRuns: 250 })
  t.ok(root.received.length > 5 && eu.received.length > 5, 'enough of the targets were forwarded for this to say something')
})

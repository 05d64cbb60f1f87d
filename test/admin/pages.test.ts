// The proxy's own pages under /-/, and the second listener for probes.

import { networkInterfaces } from 'node:os'
import t from 'tap'
import type { Test } from 'tap'
import { request as send } from 'undici'
import { createAdminListener } from '../../src/admin/listener.ts'
import { HEALTH_PATHS, healthOf } from '../../src/admin/health.ts'
import { listen } from '../../src/listen.ts'
import { startProxy } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

t.test('health depends on the process only, and what is not ready says why', async (t) => {
  const yes = (): boolean => true
  const no = (): boolean => false
  const running = { started: true, stopping: false, canInject: yes, keysAccepted: yes }
  const strict = 'not yet: LangSmith has not accepted the key of every route (startup.check: strict); see /-/refusals\n'
  const cases = [
    { lifecycle: { ...running, started: false, canInject: no, keysAccepted: no }, startup: 503, ready: 503, body: 'not yet\n' },
    { lifecycle: { ...running, canInject: no, keysAccepted: no }, startup: 200, ready: 503, body: 'not yet: a route has no key\n' },
    { lifecycle: { ...running, keysAccepted: no }, startup: 200, ready: 503, body: strict },
    { lifecycle: { ...running, stopping: true, canInject: no, keysAccepted: no }, startup: 200, ready: 503, body: 'stopping\n' },
    { lifecycle: running, startup: 200, ready: 200, body: 'ok\n' }
  ]
  for (const { lifecycle, startup, ready, body } of cases) {
    t.same(healthOf('/-/live', lifecycle), { status: 200, body: 'ok\n' }, body)
    t.same(healthOf('/-/startup', lifecycle), { status: startup, body: startup === 200 ? 'ok\n' : 'not yet\n' }, body)
    t.same(healthOf('/-/ready', lifecycle), { status: ready, body })
  }
})

t.test('own pages are behind the guard, like everything else', async (t) => {
  const proxy = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:9' }] })
  for (const path of ['/-/live', '/-/ready', '/-/metrics', '/-/refusals']) {
    t.equal((await sendRaw(proxy.port, `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)).status, 421, `${path} for a rebound name`)
    t.equal((await send(proxy.url + path, { headers: { origin: 'https://evil.example' } })).statusCode, 403, `${path} for a web page`)
    t.equal((await send(proxy.url + path, { headers: { 'sec-fetch-site': 'cross-site' } })).statusCode, 403, `${path} from another site`)
    t.equal((await send(proxy.url + path, { headers: { 'sec-fetch-site': 'same-origin' } })).statusCode, 200, `${path} from itself`)
  }
})

t.test('what is not a page under /-/ is no-route and never goes upstream', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const cases = [['GET', '/-'], ['POST', '/-/'], ['GET', '/-/else'], ['GET', '/-/dashboard'], ['GET', '/-//'], ['GET', '/-/live/'], ['GET', '/-/LIVE'], ['POST', '/-/live'], ['DELETE', '/-/metrics'], ['POST', '/-/stop']] as const
  for (const [method, path] of cases) {
    const answer = await sendRaw(proxy.port, rawRequest(method, path, ['Connection: close']))
    t.equal(answer.status, 421, `${method} ${path}`)
    t.match(answer.text, /"code":"no-route"/, `${method} ${path}`)
  }
  t.equal(upstream.received.length, 0)
})

t.test('the pages answer GET and HEAD, never from a cache, with the marker', async (t) => {
  const proxy = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:9' }] })
  for (const path of HEALTH_PATHS) {
    const { statusCode, headers, body } = await send(`${proxy.url}${path}?probe=1`)
    t.match({ statusCode, headers }, { statusCode: 200, headers: { 'x-langsmith-proxy': 'proxy', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-type': /text\/plain/ } }, path)
    t.equal(await body.text(), 'ok\n')
    t.equal((await send(proxy.url + path, { method: 'HEAD' })).statusCode, 200, `HEAD ${path}`)
  }
  t.match((await send(`${proxy.url}/-/metrics`)).headers, { 'x-langsmith-proxy': 'proxy', 'content-type': /text\/plain.*version=0\.0\.4/ })
})

const ownAddress = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal)?.address

t.test('the metrics are for callers on this machine', { skip: ownAddress === undefined && 'this machine has no address but loopback' }, async (t) => {
  const proxy = await startProxy(t, {
    routes: [{ upstream: 'http://127.0.0.1:9' }],
    env: { LANGSMITH_PROXY_LISTEN_HOST: '0.0.0.0', LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true' }
  })
  const ask = async (address: string, path: string): Promise<number> => (await send(`http://${address}:${proxy.port}${path}`, { headers: { host: 'localhost' } })).statusCode
  t.equal(await ask(ownAddress ?? '', '/-/metrics'), 403)
  t.equal(await ask(ownAddress ?? '', '/-/ready'), 200, 'probes may ask from anywhere')
  t.equal(await ask('127.0.0.1', '/-/metrics'), 200)
})

t.test('the second listener serves the health pages to any Host, and nothing else', async (t) => {
  const { server } = createAdminListener({ started: true, stopping: false, canInject: () => true, keysAccepted: () => true }, { host: '127.0.0.1' })
  const { url, close } = await listen(server, '127.0.0.1', 0, 'admin.port')
  t.teardown(() => { close(); server.closeAllConnections() })
  const port = Number(new URL(url).port)
  for (const path of HEALTH_PATHS) {
    t.equal((await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: 10.0.0.7:5765\r\nConnection: close\r\n\r\n`)).status, 200, path)
    t.equal((await sendRaw(port, `HEAD ${path} HTTP/1.1\r\nHost: pod.example\r\nConnection: close\r\n\r\n`)).status, 200, `HEAD ${path}`)
  }
  const cases = [['GET', '/-/metrics'], ['GET', '/'], ['GET', '/api/v1/sessions'], ['POST', '/-/live'], ['GET', '/-/live/'], ['GET', '//-/live'], ['POST', '/-/stop'], ['GET', 'http://localhost/-/live'], ['OPTIONS', '*']] as const
  for (const [method, target] of cases) {
    const answer = await sendRaw(port, rawRequest(method, target))
    t.equal(answer.status, 421, `${method} ${target}`)
    t.match(answer.text, /"code":"no-route"/, `${method} ${target}`)
  }
  t.equal((await sendRaw(port, 'nonsense\r\n\r\n')).status, 400)
})

/** A proxy with its admin listener there, as the program makes it. */
async function startAdmin (t: Test, host: string): Promise<{ port: number, stops: () => number }> {
  let stops = 0
  const { server, tellStopped } = createAdminListener({ started: true, stopping: false, canInject: () => true, keysAccepted: () => true }, { host, onStop: () => { stops++; void tellStopped(0) } })
  const { url, close } = await listen(server, host, 0, 'admin.port')
  t.teardown(() => { close(); server.closeAllConnections() })
  return { port: Number(new URL(url).port), stops: () => stops }
}

// A web page can send a POST to every port of this machine, also under a name that it has bound to 127.0.0.1.
t.test('POST /-/stop is for programs of this machine: no Origin, no other Host, no other method', async (t) => {
  const { port, stops } = await startAdmin(t, '127.0.0.1')
  const cases: readonly (readonly [head: string, status: number])[] = [
    ['POST /-/stop HTTP/1.1\r\nHost: evil.example', 421], [`POST /-/stop HTTP/1.1\r\nHost: evil.example:${port}`, 421], ['POST /-/stop HTTP/1.1\r\nHost: localhost\r\nHost: evil.example', 400],
    ['POST /-/stop HTTP/1.0', 400], ['POST /-/stop HTTP/1.1\r\nHost: 10.0.0.7', 421],
    [`POST /-/stop HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:${port}`, 403], ['POST /-/stop HTTP/1.1\r\nHost: localhost\r\nOrigin: null', 403],
    ['POST /-/stop HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site', 403], ['POST /-/stop HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin', 403],
    ...['GET', 'PUT', 'OPTIONS', 'HEAD'].map((method) => [`${method} /-/stop HTTP/1.1\r\nHost: localhost`, 421] as const),
    ...['/-/stop/', '/-/stop?', '/-/%73top', '//-/stop', '/-/STOP', 'http://localhost/-/stop'].map((path) => [`POST ${path} HTTP/1.1\r\nHost: localhost`, 421] as const)
  ]
  for (const [head, status] of cases) t.equal((await sendRaw(port, `${head}\r\nContent-Length: 0\r\n\r\n`)).status, status, head)
  t.equal(stops(), 0)
  for (const host of [`127.0.0.1:${port}`, 'localhost', '[::1]:1']) {
    t.match(await sendRaw(port, `POST /-/stop HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\n{}`), { status: 200, text: /stopping\n.*stopped; no request was cut\n.*\r\n0\r\n\r\n$/s }, host)
  }
  t.equal(stops(), 3)
})

t.test('a listener that other machines may reach has no page that changes anything', async (t) => {
  const { port, stops } = await startAdmin(t, '0.0.0.0')
  t.match(await sendRaw(port, 'POST /-/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'), { status: 421, text: /"code":"no-route".*health pages only/ })
  t.equal(stops(), 0)
})

t.test('both listeners tell the same, and end together', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: '0', LANGSMITH_PROXY_DRAIN_DELAY: '300ms' } })
  t.equal((await send(`${proxy.url}/-/ready`)).statusCode, 200)
  const drained = proxy.proxy.drain('test')
  t.equal((await send(`${proxy.url}/-/ready`)).statusCode, 503)
  t.equal((await send(`${proxy.url}/-/live`)).statusCode, 200)
  t.equal(await drained, 0)
  await t.rejects(send(`${proxy.url}/-/live`))
})

// Connections cost an attacker nothing: how many may be open, what one more gets, and who is counted.

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import type { Test } from 'tap'
import { request } from 'undici'
import { createAdminListener } from '../../src/admin/listener.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

/** Waits for what is said only when a connection over the limit has had its three seconds. */
const PATIENCE = 20_000

/** Opens connections that send nothing. */
function hold (t: Pick<Test, 'teardown'>, port: number, count: number, watch: (socket: Socket) => void = () => {}, host = '127.0.0.1'): Promise<readonly Socket[]> {
  return Promise.all(Array.from({ length: count }, () => new Promise<Socket>((resolve) => {
    const socket = connect({ port, host })
    t.teardown(() => { socket.destroy() })
    watch(socket)
    socket.on('error', () => {}).once('connect', () => { resolve(socket) }).resume()
  })))
}

async function start (t: Test, env: Readonly<Record<string, string>>): Promise<TestProxy> {
  const upstream = await startUpstream(t)
  return startProxy(t, { routes: [{ upstream: upstream.url }], env })
}

const CLOSE = ['Connection: close']

t.test('who holds all connections cannot make the proxy silent: one more is told why, and pages still answer', async (t) => {
  const { port, events, eventOf } = await start(t, { LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS: '20' })
  const held = await hold(t, port, 20)

  const refused = await sendRaw(port, rawRequest('GET', '/runs'))
  t.match(refused.text, /^HTTP\/1\.1 503 Service Unavailable \(langsmith-proxy: overloaded\)\r\n/)
  t.match(refused.text, /\r\nretry-after: 1\r\n[^]*too many connections are open \(listen\.maxConnections\)/)
  t.match(refused.text, /\r\nconnection: close\r\n/i)
  for (const page of ['/-/live', '/-/ready', '/-/metrics']) {
    const answer = await sendRaw(port, rawRequest('GET', page))
    t.match(answer.text, /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i, page)
  }
  t.match(await sendRaw(port, rawRequest('GET', '/../runs')), { status: 400 }, 'a fault of the request itself is told first')
  t.match(await eventOf('request.denied'), { code: 'overloaded', status: 503 })
  for (let i = 0; i < 5; i++) await sendRaw(port, rawRequest('GET', '/runs'))
  t.equal(events.filter((event) => event.event === 'request.denied' && event.code === 'overloaded').length, 1, 'one line, the rest is counted')

  held[0]?.destroy()
  let status = 503
  for (let i = 0; i < 100 && status !== 200; i++) ({ status } = await sendRaw(port, rawRequest('GET', '/runs', CLOSE)))
  t.equal(status, 200, 'as soon as there is room, there is service')
})

t.test('connections over the limit are few and end soon, whatever they do', async (t) => {
  const { port, eventOf } = await start(t, { LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS: '5' })
  const held = await hold(t, port, 5)

  const began = performance.now()
  const lives: number[] = []
  const more = await hold(t, port, 300, (socket) => { socket.once('close', () => { lives.push(performance.now() - began) }) })
  await until(() => more.every(({ closed }) => closed), 'all are closed', PATIENCE)
  const [early = 0, late = 0] = [lives[198], lives[201]] // of 300, a hundred may wait for their answer
  t.ok(early * 2 < late, `200 at once (${Math.round(early)} ms), the others a little later (${Math.round(late)} ms)`)
  t.ok(held.every(({ readyState }) => readyState === 'open'), 'those within the limit stay')
  t.match(await eventOf('request.denied'), { code: 'overloaded', method: '?' })
})

// Containers reach the proxy from an address of their own; the test does so from that of this machine.
const outside = Object.values(networkInterfaces()).flat().find((entry) => entry?.internal === false && entry.family === 'IPv4')?.address

t.test('one address cannot take the connections of all others', { skip: outside === undefined && 'needs an address besides loopback' }, async (t) => {
  const { port, events } = await start(t, {
    LANGSMITH_PROXY_LISTEN_HOST: '0.0.0.0', LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true', LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS_PER_ADDRESS: '10', LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS: '100'
  })
  const held = await hold(t, port, 10, undefined, outside)
  const fromOutside = async (): Promise<number> => (await request(`http://${outside ?? ''}:${port}/runs`, { headers: { host: 'localhost' }, reset: true })).statusCode

  t.equal(await fromOutside(), 503)
  t.match(events.find(({ event }) => event === 'request.denied'), { detail: /listen\.maxConnectionsPerAddress/, peer: outside })
  t.match(await sendRaw(port, rawRequest('GET', '/runs', CLOSE)), { status: 200 }, 'another address is served')

  held.forEach((socket) => { socket.destroy() })
  let status = 503
  for (let i = 0; i < 100 && status !== 200; i++) status = await fromOutside()
  t.equal(status, 200, 'closed connections are no longer counted')
})

t.test('loopback is the address of all programs of a machine, so it is not counted by address', async (t) => {
  const { port } = await start(t, { LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS_PER_ADDRESS: '3' })
  await hold(t, port, 30)
  t.match(await sendRaw(port, rawRequest('GET', '/runs', CLOSE)), { status: 200 })
})

t.test('the health listener keeps nobody for long', async (t) => {
  // How it works: it may be open to a whole cluster, and who fills it keeps the probes out, so that the
  // orchestrator ends a proxy that is well.
  const { server } = createAdminListener({ started: true, stopping: false, canInject: () => true, keysAccepted: () => true }, { host: '127.0.0.1' })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  const port = (server.address() as { port: number }).port
  const held = await hold(t, port, 500)
  const [over] = await hold(t, port, 1)
  await until(() => over?.readyState !== 'open', 'one more is closed', PATIENCE)
  await until(() => held.every(({ readyState }) => readyState !== 'open'), 'all of them are, in seconds', PATIENCE)
  t.match(await sendRaw(port, rawRequest('GET', '/-/live', CLOSE)), { status: 200 })
})

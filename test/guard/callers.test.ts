// Who calls, behind proxies: whose X-Forwarded-For counts, which entry of it, and what it never does.

import { networkInterfaces } from 'node:os'
import fc from 'fast-check'
import t from 'tap'
import { knowCallers } from '../../src/guard/callers.ts'
import { makeClients } from '../access/clients/support.ts'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { startProxy } from '../support/proxy.ts'
import { connect } from 'node:net'
import { once } from 'node:events'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const FRONT = '10.0.0.5'
const callers = knowCallers(['10.0.0.5', '10.1.0.0/16', '2001:db8:f::/48', '::ffff:172.16.0.0/108'])

function callerOf (peer: string | undefined, ...lines: readonly string[]): string | undefined {
  return callers.of({ rawHeaders: ['Host', 'localhost', ...lines.flatMap((line) => ['X-Forwarded-For', line])], socket: { remoteAddress: peer } }).address
}

t.test('from anybody but a trusted proxy the header means nothing', async (t) => {
  for (const peer of ['198.51.100.7', '10.0.0.6', '10.2.0.1', '2001:db8:e::1', '::1', '127.0.0.1']) {
    t.equal(callerOf(peer, '192.0.2.1'), peer)
    t.equal(callerOf(`::ffff:${peer}`, '192.0.2.1')?.replace('::ffff:', ''), peer)
  }
  t.equal(callerOf(undefined, '192.0.2.1'), undefined)
  t.match(knowCallers([]).of({ rawHeaders: ['X-Forwarded-For', '192.0.2.1'], socket: { remoteAddress: FRONT } }), { address: FRONT, isForwarded: false })
})

t.test('from a trusted proxy, the right-most address that is not one itself is the caller', async (t) => {
  const cases: readonly (readonly [caller: string, ...lines: readonly string[]])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '203.0.113.9, 192.0.2.1'],
    ['192.0.2.1', '203.0.113.9, 192.0.2.1, 10.1.2.3'],
    ['192.0.2.1', '203.0.113.9', '192.0.2.1 ,10.1.2.3'],
    ['192.0.2.1', '192.0.2.1', '10.1.2.3', '10.0.0.5'],
    ['192.0.2.1', 'junk from the caller, 192.0.2.1'],
    ['192.0.2.1', '192.0.2.1:4711'],
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['192.0.2.1', '::FFFF:C000:201'],
    ['192.0.2.1', '192.0.2.1, ::ffff:172.16.9.9'],
    ['2001:db8::1', '2001:DB8:0:0::1'],
    ['2001:db8::1', '[2001:db8::1]:443, 2001:db8:f::2'],
    ['127.0.0.1', '127.0.0.1'],
    ['10.1.0.9', '10.1.0.9, 10.1.2.3'] // nobody else is there
  ]
  for (const [caller, ...lines] of cases) {
    t.equal(callerOf(FRONT, ...lines), caller, lines.join(' | '))
    t.equal(callerOf(`::ffff:${FRONT}`, ...lines), caller)
  }
})

t.test('where the entry that counts is no address, or there is none, the peer is the caller', async (t) => {
  for (const line of ['', 'unknown', '192.0.2.1,', '192.0.2.1, x', '999.1.1.1', '192.0.2.1:99999999', '192.0.2', '0x7f.1', '2001:db8::1:x', '[192.0.2.1', '192.0.2.1]', 'fe80::1%eth0', '192.0.2.1 203.0.113.1', '192.0.2.1;', '10.1.2.3/32', '2001:db8::1]:1']) {
    t.equal(callerOf(FRONT, line), FRONT, line)
  }
  t.equal(callerOf(FRONT), FRONT)
})

t.test('whatever a caller writes to the left, the proxy names whom it saw', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), fc.ipV4(), (claim, address) => {
    if (callers.isTrusted(address)) return
    if (callerOf(FRONT, `${claim.replace(/[\r\n]/g, '')}, ${address}`) !== address) throw new Error(`${claim} moved the caller`)
  }))
})

const OWN = Object.values(networkInterfaces()).flat().find((entry) => entry?.internal === false && entry.family === 'IPv4')?.address

t.test('wrong client keys are counted by the caller that a trusted proxy names, and denials have it as peer', async (t) => {
  const upstream = await startUpstream(t)
  const clients = await makeClients(t, { ana: {} })
  const start = (trusted: string) => startProxy(t, {
    routes: [{ upstream: upstream.url }], clients: clients.live,
    env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true', LANGSMITH_PROXY_LISTEN_TRUSTED_PROXIES: trusted }
  })
  const proxy = await start('127.0.0.1,::1')
  const tryKey = async (port: number, from: string): Promise<number> => (await sendRaw(port, rawRequest('GET', '/runs', [`X-Forwarded-For: ${from}`, `X-API-Key: ${makeClientKey('ana')}`, 'Connection: close']))).status
  for (let i = 0; i < 10; i++) t.equal(await tryKey(proxy.port, '192.0.2.1'), 401)
  t.equal(await tryKey(proxy.port, '192.0.2.1'), 429)
  t.equal(await tryKey(proxy.port, `192.0.2.${String(77)}, 192.0.2.1`), 429, 'another claim in front of it changes nothing')
  t.equal(await tryKey(proxy.port, '192.0.2.2'), 401, 'another caller is not held up')
  t.match(await proxy.eventOf('request.denied'), { peer: '192.0.2.1' })

  const other = await start('192.0.2.77')
  for (let i = 0; i < 10; i++) await tryKey(other.port, `192.0.2.${String(i)}`)
  t.equal(await tryKey(other.port, '192.0.2.99'), 429, 'from one that is not trusted, the header hides nobody')
})

t.test('the header makes nobody a caller of this machine, and takes it from those who come through a proxy on it', { skip: OWN === undefined && 'needs an address besides loopback' }, async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, {
    routes: [{ upstream: upstream.url }],
    env: { LANGSMITH_PROXY_LISTEN_HOST: '0.0.0.0', LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true', LANGSMITH_PROXY_LISTEN_TRUSTED_PROXIES: `127.0.0.1,${OWN ?? ''}` }
  })
  const page = async (host: string, ...lines: readonly string[]): Promise<string> => {
    const socket = connect({ port: proxy.port, host })
    t.teardown(() => { socket.destroy() })
    socket.write(rawRequest('GET', '/-/refusals', ['Connection: close', ...lines.map((line) => `X-Forwarded-For: ${line}`)]))
    const [piece] = await once(socket, 'data') as [Buffer]
    return piece.toString('latin1').slice(9, 12)
  }
  t.equal(await page(OWN ?? '', '127.0.0.1'), '403')
  t.equal(await page('127.0.0.1', '192.0.2.1'), '403', 'nginx on this machine passes on what comes from elsewhere')
  t.equal(await page('127.0.0.1', '127.0.0.1'), '403')
  t.equal(await page('127.0.0.1', 'junk'), '403')
  t.equal(await page('127.0.0.1'), '200', 'who comes without a proxy is who it was')
})

t.test('connections of a trusted proxy are not counted by address; others are, whatever they claim', { skip: OWN === undefined && 'needs an address besides loopback' }, async (t) => {
  const upstream = await startUpstream(t)
  for (const [trusted, expected] of [[OWN ?? '', '200'], ['192.0.2.1', '503']] as const) {
    const proxy = await startProxy(t, {
      routes: [{ upstream: upstream.url }],
      env: { LANGSMITH_PROXY_LISTEN_HOST: '0.0.0.0', LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true', LANGSMITH_PROXY_LISTEN_TRUSTED_PROXIES: trusted, LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS_PER_ADDRESS: '3' }
    })
    const statuses: string[] = []
    for (let i = 0; i < 5; i++) {
      const socket = connect({ port: proxy.port, host: OWN ?? '' })
      t.teardown(() => { socket.destroy() })
      socket.on('error', () => {}).write(rawRequest('GET', '/runs', [`X-Forwarded-For: 192.0.2.${String(i)}`]))
      const [piece] = await once(socket, 'data') as [Buffer]
      statuses.push(piece.toString('latin1').slice(9, 12))
    }
    t.equal(statuses.at(-1), expected, trusted)
  }
})

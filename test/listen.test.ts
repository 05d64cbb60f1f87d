// Where the proxy listens, and what it says when it cannot.

import { createServer } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import type { Test } from 'tap'
import { ProxyError } from '../src/errors.ts'
import { listen } from '../src/listen.ts'
import type { Listeners } from '../src/listen.ts'

/** Whether somebody accepts connections there. */
function accepts (host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => { socket.destroy(); resolve(true) }).once('error', () => { resolve(false) })
  })
}

async function occupy (t: Test, host: string, port = 0): Promise<number> {
  const server = createNetServer()
  t.teardown(() => { server.close() })
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen({ host, port }, resolve) })
  return (server.address() as AddressInfo).port
}

async function start (t: Test, host: string, port: number): Promise<Listeners> {
  const server = createServer((_request, response) => { response.end('here') })
  const listeners = await listen(server, host, port, '--port')
  t.teardown(() => { listeners.close(); server.closeAllConnections() })
  return listeners
}

async function refusalOf (t: Test, host: string, port: number, setting = '--port'): Promise<ProxyError> {
  const server = createServer()
  t.teardown(() => { server.close() })
  const error: unknown = await listen(server, host, port, setting).catch((caught: unknown) => caught)
  t.equal(server.listening, false, 'nothing keeps listening')
  if (error instanceof ProxyError) return error
  throw new Error('it listens', { cause: error })
}

const NO_IPV6 = await occupyOnce('::1') ? false : 'this machine has no IPv6'

async function occupyOnce (host: string): Promise<boolean> {
  const server = createNetServer()
  return new Promise((resolve) => {
    server.once('error', () => { resolve(false) }).listen({ host, port: 0 }, () => { server.close(() => { resolve(true) }) })
  })
}

t.test('a port in use is an error that names it; no other port is taken instead', async (t) => {
  const port = await occupy(t, '127.0.0.1')
  for (const host of ['127.0.0.1', 'localhost']) {
    const error = await refusalOf(t, host, port)
    t.match(error, { code: 'listen-failed', exitCode: 1, message: `port ${port} of 127.0.0.1 is in use by another program` }, host)
    t.match(error.hint, new RegExp(`${port}.*--port`), host)
  }
  t.match((await refusalOf(t, '127.0.0.1', port, 'admin.port')).hint, /choose another port with admin\.port/)
})

// Another user of this machine could take ::1 of our port and receive what clients send to "localhost".
t.test('localhost with ::1 in use is an error, and gives 127.0.0.1 free again', { skip: NO_IPV6 }, async (t) => {
  const port = await occupy(t, '::1')
  const error = await refusalOf(t, 'localhost', port)
  t.match(error, { code: 'listen-failed', message: `port ${port} of ::1 is in use by another program` })
  t.equal(await accepts('127.0.0.1', port), false)
})

t.test('an address that is not of this machine, or a port that is not allowed, is explained', async (t) => {
  t.match(await refusalOf(t, '192.0.2.1', 0), { code: 'listen-failed', message: /cannot listen on 192\.0\.2\.1 \(EADDRNOTAVAIL\)/ })
  if (process.getuid?.() === 0) t.comment('root may listen on every port')
  else t.match(await refusalOf(t, '127.0.0.1', 1), { code: 'listen-failed', message: /may not listen on port 1/, hint: /above 1023 with --port/ })
})

t.test('localhost is 127.0.0.1 and ::1 with the same port', { skip: NO_IPV6 }, async (t) => {
  const { url, close } = await start(t, 'localhost', 0)
  const { hostname, port } = new URL(url)
  t.equal(hostname, 'localhost')
  for (const host of ['127.0.0.1', '[::1]', 'localhost']) t.equal(await (await fetch(`http://${host}:${port}/`)).text(), 'here', host)
  close()
  t.equal(await accepts('127.0.0.1', Number(port)), false, 'closed on both')
  t.equal(await accepts('::1', Number(port)), false)
})

const ownAddress = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal)?.address

t.test('localhost is not reachable from elsewhere', { skip: ownAddress === undefined && 'this machine has no address but loopback' }, async (t) => {
  const { url } = await start(t, 'localhost', 0)
  t.equal(await accepts(ownAddress ?? '', Number(new URL(url).port)), false)
})

t.test('an address alone is that address alone', async (t) => {
  const { url } = await start(t, '127.0.0.1', 0)
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(await accepts('::1', Number(new URL(url).port)), false)
  if (NO_IPV6 === false) t.match((await start(t, '::1', 0)).url, /^http:\/\/\[::1\]:\d+$/)
})

// A company's forward proxy: takes CONNECT and nothing else, and notes what it was asked for.

import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Test } from 'tap'
import type { EgressProxy } from '../../src/config/config.ts'

export interface TestEgress {
  /** As a route has it; user and password by asking for them. */
  readonly egress: (userinfo?: string) => EgressProxy
  /** `host:port` of each CONNECT, oldest first; live. */
  readonly asked: readonly string[]
  /** Headers of each CONNECT. */
  readonly headers: readonly IncomingMessage['headers'][]
  /** Requests that were not CONNECT. */
  readonly plain: () => number
  /** Connections that came in. */
  readonly connections: () => number
}

export interface EgressOptions {
  /** Replaces the tunnel. */
  readonly onConnect?: (request: IncomingMessage, socket: Duplex) => void
  readonly onConnection?: (socket: Duplex) => void
  /** PEM texts, to serve https. */
  readonly tls?: { readonly key: string, readonly cert: string }
}

/** Starts it on a free port of 127.0.0.1; it ends with the test. Tunnels lead to 127.0.0.1, whatever the name. */
export async function startEgress (t: Test, { onConnect, onConnection, tls }: EgressOptions = {}): Promise<TestEgress> {
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const open = new Set<Duplex>()
  let plain = 0
  let connections = 0
  const server: Server = tls === undefined ? createHttpServer() : createHttpsServer(tls)
  server.on('connection', (socket: Duplex) => {
    connections++
    open.add(socket)
    socket.once('close', () => { open.delete(socket) })
    onConnection?.(socket)
  })
  server.on('tlsClientError', () => {}) // what the client thinks of the certificate is what the tests are about
  server.on('request', (_request, response) => { plain++; response.writeHead(405).end() })
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(request.url ?? '')
    headers.push(request.headers)
    socket.on('error', () => { socket.destroy() })
    if (onConnect !== undefined) onConnect(request, socket)
    else tunnel(request, socket, open)
  })
  t.teardown(() => new Promise<void>((resolve) => {
    server.close(() => { resolve() })
    for (const socket of open) socket.destroy()
    server.closeAllConnections()
  }))
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  const shown = `127.0.0.1:${port}`
  return {
    egress: (userinfo = '') => ({ url: `${tls === undefined ? 'http' : 'https'}://${userinfo}${shown}/`, shown, setAt: 'HTTPS_PROXY' }),
    asked, headers, plain: () => plain, connections: () => connections
  }
}

function tunnel (request: IncomingMessage, socket: Duplex, open: Set<Duplex>): void {
  const far = connect({ port: Number(request.url?.split(':').at(-1)), host: '127.0.0.1' })
  open.add(far)
  far.on('error', () => { socket.destroy() })
  far.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    far.pipe(socket).pipe(far)
  })
  far.once('close', () => { socket.destroy() })
  socket.once('close', () => { far.destroy() })
}

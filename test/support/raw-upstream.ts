// An upstream of bare sockets, for answers that no HTTP server would send.

import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Test } from 'tap'

export interface RawUpstream {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Heads of the requests that came, Latin-1, oldest first; live. */
  readonly heads: readonly string[]
  /** Every connection, oldest first; live. */
  readonly sockets: readonly Socket[]
  /** Bytes that came after decryption, if any. */
  readonly bytes: () => number
  /** The first megabyte of them, Latin-1. */
  readonly everything: () => string
}

/**
 * What to do about a request, when its head is there.
 *
 * @param nth - Counts the requests from 1.
 */
export type RawListener = (socket: Socket, head: string, nth: number) => void

export interface RawUpstreamOptions {
  readonly onRequest?: RawListener
  readonly onConnection?: (socket: Socket) => void
  /** PEM texts, to serve TLS. */
  readonly tls?: { readonly key: string, readonly cert: string }
}

/** Starts it on a free port of 127.0.0.1; it ends with the test. Bodies in chunks must not hold an empty line. */
export async function startRawUpstream (t: Test, { onRequest, onConnection, tls }: RawUpstreamOptions): Promise<RawUpstream> {
  const heads: string[] = []
  const sockets: Socket[] = []
  let bytes = 0
  let everything = ''
  const serve = (socket: Socket): void => {
    let text = ''
    let bodyLeft = 0
    sockets.push(socket)
    socket.on('error', () => { socket.destroy() })
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (everything.length < 1024 * 1024) everything += chunk.toString('latin1')
      const body = Math.min(bodyLeft, chunk.length)
      bodyLeft -= body
      text += chunk.toString('latin1', body)
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end + 4)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        bodyLeft = Math.max(0, length - (text.length - end - 4))
        text = text.slice(end + 4 + length)
        if (!/^[A-Z]+ \/\S* HTTP/.test(head)) continue // the end of a chunked body
        heads.push(head)
        onRequest?.(socket, head, heads.length)
      }
      if (text.length > 1024 * 1024) text = ''
    })
    onConnection?.(socket)
  }
  const server = tls === undefined ? createTcpServer(serve) : createTlsServer(tls, serve)
  server.on('tlsClientError', () => {}) // what a client thinks of the certificate is what the tests are about
  t.teardown(() => new Promise<void>((resolve) => {
    server.close(() => { resolve() })
    for (const socket of sockets) socket.destroy()
  }))
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, server, heads, sockets, bytes: () => bytes, everything: () => everything }
}

/** An answer with a Content-Length. */
export function rawAnswer (status: string, body = '', lines: readonly string[] = []): string {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`, ...lines, '', body].join('\r\n')
}

/** Waits until something is so. Fails after `limit` milliseconds, five seconds by default. */
export async function until (condition: () => boolean, what: string, limit = 5000): Promise<void> {
  const end = performance.now() + limit
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}

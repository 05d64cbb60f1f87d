// Where the proxy listens. `localhost` means both 127.0.0.1 and ::1: were one left free, another user
// of this machine could take it and receive what is meant for the proxy.

import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Server as HttpServer } from 'node:http'
import { ProxyError } from './errors.ts'
import { speaksTls } from './guard/tls/carriers.ts'

export interface Listeners {
  /** `http://host:port` or `https://host:port`, as people type it; `unix:/path` of a socket. */
  readonly url: string
  /** Stops accepting; open connections go on. */
  close: () => void
}

/** No IPv6 on this machine. */
const NO_IPV6: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Lets an HTTP server listen.
 *
 * @param port - 0 picks a free one.
 * @param setting - What sets the port, for the hint.
 * @throws ProxyError `listen-failed`, which says what to do.
 */
export async function listen (server: HttpServer, host: string, port: number, setting: string): Promise<Listeners> {
  if (host !== 'localhost') {
    const bound = await bind(server, { host, port, setting })
    return { url: urlOf(server, host, bound), close: () => { server.close() } }
  }
  const bound = await bind(server, { host: '127.0.0.1', port, setting })
  const twin = twinOf(server)
  try {
    await bind(twin, { host: '::1', port: bound, setting })
  } catch (error) {
    if (!(error instanceof ProxyError) || !NO_IPV6.has(codeOf(error.cause))) {
      server.close()
      throw error
    }
  }
  return { url: urlOf(server, host, bound), close: () => { server.close(); twin.close() } }
}

// One HTTP server serves both addresses: node:http documents that connections may be handed to it.
function twinOf (server: HttpServer): Server {
  const twin = createServer({ allowHalfOpen: !speaksTls(server), noDelay: true }, (socket: Socket) => { server.emit('connection', socket) })
  twin.maxConnections = server.maxConnections // of its own, as Node counts per listener
  return twin
}

interface Place { readonly host: string, readonly port: number, readonly setting: string }

function bind (server: Server, place: Place): Promise<number> {
  const { host, port } = place
  return new Promise((resolve, reject) => {
    server.once('error', (error) => { reject(listenError(error, place)) })
    server.listen({ host, port, exclusive: true }, () => { resolve((server.address() as AddressInfo).port) })
  })
}

function listenError (error: Error, { host, port, setting }: Place): ProxyError {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new ProxyError('listen-failed', `port ${port} of ${host} is in use by another program`, {
        cause: error, hint: `find it with "ss -ltnp 'sport = :${port}'" (Linux) or "lsof -iTCP:${port}", or choose another port with ${setting}`
      })
    case 'EACCES':
      return new ProxyError('listen-failed', `this user may not listen on port ${port}`, { cause: error, hint: `choose a port above 1023 with ${setting}` })
    default:
      return new ProxyError('listen-failed', `cannot listen on ${host} (${codeOf(error)})`, { cause: error })
  }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
}

function urlOf (server: HttpServer, host: string, port: number): string {
  return `${speaksTls(server) ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

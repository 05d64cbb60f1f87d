// The HTTP server of the main listener, with the limits that node:http itself can hold. Over TLS it is that of
// node:https: it does the same on its connections once they are secured.

import { createServer } from 'node:http'
import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Server as SecureServer } from 'node:https'
import { HANDSHAKE_MS, HEAD_CHECK_MS, KEEP_ALIVE_MS, MAX_HEAD_BYTES } from './limits.ts'
import type { KeyPair } from './tls/key-pair.ts'

export interface HttpServer {
  readonly server: Server
  /** Takes another certificate for the connections that follow. */
  readonly use: (pair: KeyPair) => void
}

/**
 * Makes the server; it does not listen yet.
 *
 * @param headTimeout - Milliseconds until a head must be whole; a connection that sends nothing ends then, too.
 * @param pair - Certificate and key; undefined for plain http.
 */
export function createHttpServer (headTimeout: number, handle: RequestListener, pair?: KeyPair): HttpServer {
  const options: ServerOptions = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0, // uploads may last; the time between two pieces is limited (upstream/request-body.ts)
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: headTimeout,
    connectionsCheckingInterval: HEAD_CHECK_MS,
    requireHostHeader: false, // the guard says so itself, in our form
    insecureHTTPParser: false
  }
  const made = pair === undefined ? { server: createServer(options, handle), use: () => {} } : createSecure(options, handle, pair)
  made.server.maxHeadersCount = 0 // with a limit, headers past it are invisible here but still frame the message (CVE-2026-58044); limits.ts counts them
  return made
}

function createSecure (options: ServerOptions, handle: RequestListener, pair: KeyPair): { readonly server: SecureServer, readonly use: (pair: KeyPair) => void } {
  const server = createSecureServer({
    ...options, ...pair.options(),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_MS,
    noDelay: true // as node:http has it
    // No allowHalfOpen, which node:http has: a client that leaves in its handshake would stay open until that times out.
  }, handle)
  return { server, use: (next) => { server.setSecureContext(next.options()) } }
}

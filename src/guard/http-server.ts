// The HTTP server of the main listener, with the limits that node:http itself can hold.

import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { HEAD_CHECK_MS, KEEP_ALIVE_MS, MAX_HEAD_BYTES } from './limits.ts'

/**
 * Makes the server; it does not listen yet.
 *
 * @param headTimeout - Milliseconds until a head must be whole; a connection that sends nothing ends then, too.
 */
export function createHttpServer (headTimeout: number, handle: RequestListener): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0, // uploads may last; the time between two pieces is limited (upstream/request-body.ts)
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: headTimeout,
    connectionsCheckingInterval: HEAD_CHECK_MS,
    requireHostHeader: false, // the guard says so itself, in our form
    insecureHTTPParser: false
  }, handle)
  server.maxHeadersCount = 0 // with a limit, headers past it are invisible here but still frame the message (CVE-2026-58044); limits.ts counts them
  return server
}

// The connections to one route's upstream. A pool knows one origin only, so a route's key cannot leave
// for another host. Certificates are always verified: said here, because undici would otherwise obey
// NODE_TLS_REJECT_UNAUTHORIZED=0, and @fastify/reply-from's own pool verifies none (CVE-2026-107318).

import { TLSSocket } from 'node:tls'
import { buildConnector, Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { UPSTREAM_RESET } from './failures.ts'
import { lookupWithoutMetadata } from './lookup.ts'
import { tunnelsThrough } from './tunnel.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import type { Route } from '../routes/route.ts'

export interface Connections {
  /** Keeps connections alive. */
  readonly pooled: Dispatcher
  /** Opens a new connection for each request: for the second try after a dead kept-alive one. */
  readonly fresh: Dispatcher
  /** How many are open, and on how many of those a request is under way. */
  readonly count: () => { readonly open: number, readonly busy: number }
  /** Cuts all of them. */
  close: () => Promise<void>
}

/** A connection that was made just now. */
export interface Connected {
  /** From the first packet to the end of the TLS handshake. */
  readonly seconds: number
  /** Such as `TLSv1.3`; `none` for plain http. */
  readonly tls: string
}

/** The head of an answer. LangSmith's are a few KiB; a hostile upstream could fill the memory. */
export const MAX_HEAD_BYTES = 32 * 1024
/** LangSmith's front end keeps idle connections for longer; DNS changes are noticed after this. */
export const KEEP_ALIVE_MS = 30_000

/**
 * @param ca - PEM text that is trusted instead of the system's authorities; undefined for those.
 * @param most - Requests at once. In undici's queue for a connection no time limit holds, so none may get there.
 * @param onConnected - Hears of each new connection.
 */
export function connectTo (route: Pick<Route, 'upstream' | 'egress'>, timeouts: Config['timeouts'], ca: string | undefined, most: number | null = null, onConnected: (connected: Connected) => void = () => {}): Connections {
  const { upstream, egress } = route
  const tls = { rejectUnauthorized: true, timeout: timeouts.connect, ...(ca === undefined ? {} : { ca }) }
  const isInsecure = !upstream.tls && !isLoopback(upstream.hostname)
  const common = {
    connections: most,
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: timeouts.firstByte,
    bodyTimeout: timeouts.idle,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    allowH2: false
  }
  const tunnels = egress === undefined || !upstream.tls ? undefined : tunnelsThrough(egress, tls, timeouts.connect)
  const connect = withResets(tunnels?.connect ?? buildConnector({ ...tls, autoSelectFamily: true, ...(isInsecure ? { lookup: lookupWithoutMetadata } : {}) }), onConnected)
  const pooled = new Pool(upstream.origin, { ...common, connect, pipelining: 1 })
  const fresh = new Pool(upstream.origin, { ...common, connect, pipelining: 0 })
  return {
    pooled,
    fresh,
    count () {
      const all = [pooled.stats, fresh.stats]
      return { open: all.reduce((sum, { connected }) => sum + connected, 0), busy: all.reduce((sum, { running }) => sum + running, 0) }
    },
    close: async () => { await Promise.all([pooled.destroy(), fresh.destroy(), tunnels?.close()]) }
  }
}

/**
 * undici takes ECONNRESET for the end of an answer that has no length. Such an answer is cut, not complete,
 * so the error gets another name.
 */
function withResets (connect: buildConnector.connector, onConnected: (connected: Connected) => void): buildConnector.connector {
  return (options, callback) => {
    const begun = performance.now()
    connect(options, (...result) => {
      const [, socket] = result
      if (socket !== null) onConnected({ seconds: (performance.now() - begun) / 1000, tls: (socket instanceof TLSSocket ? socket.getProtocol() : null) ?? 'none' })
      socket?.on('error', (error: NodeJS.ErrnoException) => { if (error.code === 'ECONNRESET') error.code = UPSTREAM_RESET })
      callback(...result)
    })
  }
}

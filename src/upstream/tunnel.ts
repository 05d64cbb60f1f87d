// The way through a company's forward proxy: a CONNECT tunnel, and inside it TLS with the upstream, whose
// certificate is verified as ever. undici's own ProxyAgent is not used: it makes an object of the header
// list, where repeated headers are lost, waits five minutes for the answer to CONNECT, and connects again
// and again to a proxy that closes the connection instead of answering.

import { Socket } from 'node:net'
import { buildConnector, Pool } from 'undici'
import type { EgressProxy } from '../config/config.ts'

/** The egress proxy did not make the tunnel. Its message is empty; the cause says more, where there is one. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  /** What it answered to CONNECT; undefined where no answer came. */
  readonly status: number | undefined

  constructor (status: number | undefined, cause?: unknown) {
    super('', { cause })
    this.status = status
  }
}

export interface Tunnels {
  /** Opens the connections of a pool. Fails with an EgressError, or with what TLS says about the upstream. */
  readonly connect: buildConnector.connector
  close: () => Promise<void>
}

/**
 * @param upstreamTls - For the connection inside the tunnel.
 * @param timeout - Milliseconds, for the tunnel and again for TLS inside it.
 */
export function tunnelsThrough (egress: Pick<EgressProxy, 'url'>, upstreamTls: buildConnector.BuildOptions, timeout: number): Tunnels {
  const { origin, username, password } = new URL(egress.url)
  const proxy = new Pool(origin, { headersTimeout: timeout, connect: { rejectUnauthorized: true, timeout } })
  const connectInside = buildConnector(upstreamTls)
  const login = username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}` }

  return {
    connect (options, callback) {
      const target = `${options.hostname}:${options.port === '' ? '443' : options.port}`
      proxy.connect({ path: target, headers: { host: target, ...login } }).then(({ statusCode, socket }) => {
        if (statusCode === 200 && socket instanceof Socket) {
          connectInside({ ...options, httpSocket: socket }, callback)
          return
        }
        socket.on('error', () => {}).destroy() // whatever else it says does not matter any more
        throw new EgressError(statusCode)
      }, (error: unknown) => {
        throw new EgressError(undefined, error)
      }).catch((error: unknown) => { callback(error as Error, null) })
    },
    close: () => proxy.destroy()
  }
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone percent sign stands for itself
  }
}

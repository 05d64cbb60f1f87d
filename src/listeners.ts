// The two places where the proxy listens: for requests, and for those who look after it.

import type { Server } from 'node:http'
import type { Config } from './config/config.ts'
import { listenOnSocket } from './listen-socket.ts'
import { listen } from './listen.ts'

export interface OpenListeners {
  /** Where requests are taken: `http://host:port`, `https://host:port`, or `unix:/path`. */
  readonly url: string
  /** Takes no new connections for requests; open ones go on, and probes are answered. */
  readonly closeMain: () => void
  readonly close: () => void
}

/** @param adminServer - Undefined without admin listener. @throws ProxyError `listen-failed`; then nothing listens. */
export async function openListeners (server: Server, adminServer: Server | undefined, { listen: { host, port, socket, mode }, admin }: Pick<Config, 'listen' | 'admin'>): Promise<OpenListeners> {
  const main = socket === undefined ? await listen(server, host, port, '--port') : await listenOnSocket(server, socket, mode)
  try {
    const second = adminServer === undefined || admin === undefined ? undefined : await listen(adminServer, admin.host, admin.port, 'admin.port')
    return { url: main.url, closeMain: main.close, close: () => { main.close(); second?.close() } }
  } catch (error) {
    main.close() // it would keep the process alive
    throw error
  }
}

// Where commands ask a proxy that runs on this machine, as its settings have it.

import type { RequestOptions } from 'node:http'
import type { Config } from '../config/config.ts'

export interface OwnAddress {
  /** For node:http; the Host header is one that the proxy answers to. */
  readonly request: Pick<RequestOptions, 'host' | 'port' | 'socketPath'> & { readonly headers: { readonly host: string } }
  /** As people write it: `http://localhost:5764`, or `unix:` and a path. */
  readonly shown: string
}

/** A listener on every address also listens on loopback. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::']

/** @returns Undefined for port 0: which one was picked is not known here. */
export function mainAddress ({ host, port, socket }: Pick<Config['listen'], 'host' | 'port' | 'socket'>): OwnAddress | undefined {
  return socket === undefined ? addressOf(host, port) : { request: { socketPath: socket, headers: { host: 'localhost' } }, shown: `unix:${socket}` }
}

/** @returns Undefined without admin listener, and for port 0. */
export function adminAddress (admin: Config['admin']): OwnAddress | undefined {
  return admin === undefined ? undefined : addressOf(admin.host, admin.port)
}

function addressOf (host: string, port: number): OwnAddress | undefined {
  if (port === 0) return undefined
  const asked = host === 'localhost' || EVERYWHERE.includes(host) ? '127.0.0.1' : host
  return {
    request: { host: asked, port, headers: { host: `localhost:${port}` } },
    shown: `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  }
}

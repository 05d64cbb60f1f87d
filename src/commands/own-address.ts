// Where commands ask a proxy that runs on this machine, as its settings have it.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as requestPlain } from 'node:http'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Config } from '../config/config.ts'

export interface OwnAddress {
  /** For node:http; the Host header is one that the proxy answers to. */
  readonly request: Pick<RequestOptions, 'host' | 'port' | 'socketPath'> & { readonly headers: { readonly host: string } }
  /** PEM file with the certificate that it has to show; undefined where it speaks plain http. */
  readonly certificate: string | undefined
  /** As people write it: `http://localhost:5764`, or `unix:` and a path. */
  readonly shown: string
}

/** A listener on every address also listens on loopback. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::']

/** @returns Undefined for port 0: which one was picked is not known here. */
export function mainAddress ({ host, port, socket, tls }: Pick<Config['listen'], 'host' | 'port' | 'socket' | 'tls'>): OwnAddress | undefined {
  return socket === undefined ? addressOf(host, port, tls?.cert) : { request: { socketPath: socket, headers: { host: 'localhost' } }, certificate: undefined, shown: `unix:${socket}` }
}

/** @returns Undefined without admin listener, and for port 0. */
export function adminAddress (admin: Config['admin']): OwnAddress | undefined {
  return admin === undefined ? undefined : addressOf(admin.host, admin.port, undefined)
}

/**
 * Asks there. Over TLS it is asked whether it has the very certificate of the settings: names and authorities, which are
 * made for callers elsewhere, say nothing on this machine.
 *
 * @returns A request that has failed where the certificate cannot be read.
 */
export function ask ({ request, certificate }: OwnAddress, options: RequestOptions, onAnswer: (response: IncomingMessage) => void): ClientRequest {
  const all = { ...request, ...options, agent: false } as const // with an agent, a session that is resumed is not checked again
  if (certificate === undefined) return requestPlain(all, onAnswer)
  const pinned = pinnedIn(certificate)
  return requestSecure({
    ...all,
    ca: pinned?.toString() ?? '',
    allowPartialTrustChain: true, // it need not be an authority
    checkServerIdentity: (_host, { raw }) => pinned !== undefined && raw.equals(pinned.raw) ? undefined : new Error(OTHER_CERTIFICATE)
  }, onAnswer)
}

const OTHER_CERTIFICATE = 'another certificate'

/** What a failed request says of the certificate, fit for a terminal; empty where it says nothing. */
export function whyUntrusted (error: NodeJS.ErrnoException): string {
  if (error.message === OTHER_CERTIFICATE || UNTRUSTED.has(error.code ?? '')) return 'it shows another certificate than that of listen.tls.cert, or that file cannot be read'
  if (error.code === 'CERT_HAS_EXPIRED') return 'its certificate (listen.tls.cert) has expired'
  return error.code?.startsWith('ERR_SSL_') === true || error.code === 'EPROTO' ? 'what listens there does not speak TLS, but the settings have listen.tls' : ''
}

/** OpenSSL's words for a chain that does not end at what is trusted. */
const UNTRUSTED: ReadonlySet<string> = new Set(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_SIGNATURE_FAILURE'])

/** @returns Undefined where there is none to be read: then nothing is trusted. */
function pinnedIn (file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(file))
  } catch {
    return undefined
  }
}

function addressOf (host: string, port: number, certificate: string | undefined): OwnAddress | undefined {
  if (port === 0) return undefined
  const asked = host === 'localhost' || EVERYWHERE.includes(host) ? '127.0.0.1' : host
  return {
    request: { host: asked, port, headers: { host: `localhost:${port}` } },
    certificate,
    shown: `${certificate === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }
}

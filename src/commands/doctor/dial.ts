// The way to an upstream, one step after the other, so that the step that fails can be named. Nothing is sent here:
// no request, no key.

import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { buildConnector } from 'undici'
import type { Route } from '../../routes/route.ts'
import { failureOf } from '../../upstream/failures.ts'
import type { Failure } from '../../upstream/failures.ts'
import { EgressError, tunnelsThrough } from '../../upstream/tunnel.ts'

/** For each step, in milliseconds. */
const STEP_MS = 2500

export type Resolved = { readonly addresses: readonly string[] } | { readonly failure: Failure }

/** Asks the system for the addresses of a name. Takes 2.5 seconds at most and never rejects. */
export async function resolveName (hostname: string): Promise<Resolved> {
  const stop = new AbortController()
  try {
    const found = await Promise.race([lookup(hostname, { all: true }), delay(STEP_MS, undefined, { signal: stop.signal })])
    return found === undefined ? { failure: failureOf(timedOut(), false) } : { addresses: found.map(({ address }) => address) }
  } catch (error) {
    return { failure: failureOf(error, false) }
  } finally {
    stop.abort()
  }
}

export type Connected = { readonly ms: number } | { readonly failure: Failure }

/** Opens a connection and closes it. Takes 2.5 seconds at most and never rejects. */
export function openTcp ({ hostname, origin, tls }: Route['upstream']): Promise<Connected> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(new URL(origin).port || (tls ? 443 : 80)) })
    const end = (result: Connected): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => { end({ failure: failureOf(timedOut(), false) }) }, STEP_MS)
    socket.once('connect', () => { end({ ms: Math.round(performance.now() - startedAt) }) })
    socket.on('error', (error) => { end({ failure: failureOf(error, false) }) })
  })
}

/** What a server showed of itself. */
export interface Certificate {
  /** Name and organisation of the issuer, as the certificate has them. */
  readonly issuer: string
  readonly selfSigned: boolean
  /** Milliseconds since 1970. */
  readonly validFrom: number
  readonly validTo: number
}

export type Seen
  /** `failure`: why requests would not accept it; undefined where they do. */
  = | { readonly certificate: Certificate, readonly failure: Failure | undefined }
  /** There was no certificate to see; `inEgress` where the egress proxy is the reason. */
    | { readonly certificate: undefined, readonly failure: Failure, readonly inEgress: boolean }

/**
 * Makes a TLS connection on the way that requests take, and closes it without a byte sent in it. Takes five seconds at most and never rejects.
 *
 * It accepts any certificate, only to be able to name its issuer; whether requests would accept it is in the result.
 *
 * @param ca - PEM text that is trusted instead of the system's authorities.
 */
export async function seeCertificate ({ upstream, egress }: Pick<Route, 'upstream' | 'egress'>, ca: string | undefined): Promise<Seen> {
  const options = { rejectUnauthorized: false, timeout: STEP_MS, ...(ca === undefined ? { autoSelectFamily: true } : { autoSelectFamily: true, ca }) }
  const tunnels = egress === undefined ? undefined : tunnelsThrough(egress, options, STEP_MS)
  const { port } = new URL(upstream.origin)
  try {
    const socket = await dial(tunnels?.connect ?? buildConnector(options), { hostname: upstream.hostname, host: upstream.host, protocol: 'https:', port: port === '' ? '443' : port })
    const { authorized, authorizationError } = socket
    const certificate = socket.getPeerCertificate()
    socket.destroy()
    return { certificate: readCertificate(certificate), failure: authorized ? undefined : failureOf(errorOf(authorizationError), false) }
  } catch (error) {
    return { certificate: undefined, failure: failureOf(error, false), inEgress: error instanceof EgressError }
  } finally {
    await tunnels?.close()
  }
}

function dial (connector: buildConnector.connector, options: buildConnector.Options): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    connector(options, (...[error, socket]) => {
      socket?.on('error', () => {}) // it is closed at once
      if (socket instanceof TLSSocket) resolve(socket)
      else reject(error ?? new Error('no TLS'))
    })
  })
}

function readCertificate ({ issuer, subject, valid_from: from, valid_to: to }: PeerCertificate): Certificate {
  const issuerText = nameOf(issuer)
  return { issuer: issuerText, selfSigned: issuerText === nameOf(subject), validFrom: Date.parse(from), validTo: Date.parse(to) }
}

/** Types say text; a certificate with several values has a list, and one without a name has nothing. */
function nameOf (name: Partial<Record<'O' | 'CN', unknown>> | undefined): string {
  const parts = [name?.CN, name?.O].flat().filter((part) => typeof part === 'string' && part !== '')
  return [...new Set(parts)].join(', ').slice(0, 120)
}

/** Node has a code there, whatever its types say. */
function errorOf (reason: unknown): Error {
  return Object.assign(new Error('not verified'), { code: String(reason) })
}

function timedOut (): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
}

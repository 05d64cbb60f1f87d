// Certificates for tests, made on the spot: no key lies in the repository, and expired or misnamed ones
// are as easy as good ones. Just enough DER for X.509 v3 (RFC 5280) with ECDSA on P-256.

import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface Certificate {
  /** PEM texts. */
  readonly cert: string
  readonly key: string
}

export interface CertificateAuthority extends Certificate {
  readonly issue: (options?: CertificateOptions) => Certificate
}

export interface CertificateOptions {
  /** DNS names and IPv4 addresses. */
  readonly names?: readonly string[]
  /** Days from now. */
  readonly from?: number
  readonly to?: number
}

interface Issuer { readonly name: string, readonly key: KeyObject }

/** An authority that nobody trusts unless its `cert` is given as CA. */
export function createAuthority (name = 'test authority'): CertificateAuthority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = { name, key: pair.privateKey }
  return {
    ...certificate(issuer, name, pair, basicConstraints(), {}),
    issue: (options = {}) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return certificate(issuer, 'test server', own, subjectAltName(options.names ?? ['127.0.0.1', 'localhost']), options)
    }
  }
}

/** A certificate that vouches for itself. */
export function selfSigned (names: readonly string[] = ['127.0.0.1', 'localhost']): Certificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return certificate({ name: 'self', key: pair.privateKey }, 'self', pair, subjectAltName(names), {})
}

interface KeyPair { readonly publicKey: KeyObject, readonly privateKey: KeyObject }

function certificate (issuer: Issuer, subject: string, pair: KeyPair, extension: Buffer, { from = -2, to = 2 }: CertificateOptions): Certificate {
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...Buffer.from(subject).subarray(0, 8)])),
    ECDSA_SHA256,
    nameOf(issuer.name),
    sequence(dateOf(from), dateOf(to)),
    nameOf(subject),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension))
  )
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, issuer.key)]))
  const lines = sequence(toBeSigned, ECDSA_SHA256, signature).toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

function der (tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

function sequence (...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts)
}

const ECDSA_SHA256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))

function nameOf (text: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(text)))))
}

function dateOf (days: number): Buffer {
  const stamp = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(stamp.slice(2)))
}

function subjectAltName (names: readonly string[]): Buffer {
  const parts = names.map((name) => /^[\d.]+$/.test(name)
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name)))
  return sequence(der(0x06, Buffer.from('551d11', 'hex')), der(0x04, sequence(...parts)))
}

function basicConstraints (): Buffer {
  return sequence(der(0x06, Buffer.from('551d13', 'hex')), der(0x01, Buffer.from([0xff])), der(0x04, sequence(der(0x01, Buffer.from([0xff])))))
}

// The certificate of the listener and its private key, out of two PEM files. The key is private to its object, which
// no log and no error can print.

import { constants as ssl, createPrivateKey, X509Certificate } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { SecureContextOptions } from 'node:tls'
import type { Config } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import { refuseExposed } from '../../secrets/file-mode.ts'
import type { FileModeRules } from '../../secrets/file-mode.ts'

export type KeyPairFiles = NonNullable<Config['listen']['tls']>

/** Far above any chain of certificates. */
const MAX_BYTES = 1024 * 1024

export class KeyPair {
  readonly #cert: string
  readonly #key: string
  /** When the certificate begins and ends, in milliseconds since 1970. */
  readonly from: number
  readonly until: number

  constructor (cert: string, key: string) {
    const { validFrom, validTo } = new X509Certificate(cert)
    this.#cert = cert
    this.#key = key
    this.from = Date.parse(validFrom)
    this.until = Date.parse(validTo)
  }

  /** For a TLS server: the pair, and which TLS is spoken. What is not said here is as Node has it. */
  options (): SecureContextOptions {
    return { cert: this.#cert, key: this.#key, minVersion: 'TLSv1.2', secureOptions: ssl.SSL_OP_NO_RENEGOTIATION }
  }

  isSameAs (other: KeyPair): boolean {
    return this.#cert === other.#cert && this.#key === other.#key
  }
}

/**
 * Reads and checks both files. That the certificate has expired is no mistake here.
 *
 * @throws ProxyError `config-invalid` for files that are missing, no PEM or do not belong together; `secret-exposed` for a
 * key that other users can read.
 */
export async function readKeyPair (files: KeyPairFiles, rules: FileModeRules): Promise<KeyPair> {
  const cert = await readText(files.cert, 'listen.tls.cert')
  const key = await readText(files.key, 'listen.tls.key', rules)
  if (!cert.includes('-----BEGIN CERTIFICATE-----')) {
    throw unusable(`${files.cert} (listen.tls.cert) holds no PEM certificate`, 'give a file with -----BEGIN CERTIFICATE-----')
  }
  if (!/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/.test(key)) {
    throw unusable(`${files.key} (listen.tls.key) holds no PEM private key`, 'give a file with -----BEGIN PRIVATE KEY-----')
  }
  if (key.includes('ENCRYPTED')) {
    throw unusable(`${files.key} (listen.tls.key) is closed with a passphrase`, 'write it without one, with openssl pkey -in OLD -out NEW, and keep it readable for the proxy only')
  }
  return pairOf(cert, key, files)
}

// OpenSSL's errors become the cause; of the messages, only a code is told.
function pairOf (cert: string, key: string, files: KeyPairFiles): KeyPair {
  const leaf = attempt(() => new X509Certificate(cert), `${files.cert} (listen.tls.cert) is no certificate that OpenSSL can read`)
  const own = attempt(() => createPrivateKey(key), `${files.key} (listen.tls.key) is no private key that OpenSSL can read`)
  if (!leaf.checkPrivateKey(own)) {
    throw unusable('listen.tls.key is not the private key of the certificate in listen.tls.cert', 'give the two files that were made together; the certificate of the proxy itself comes first in its file')
  }
  const pair = new KeyPair(cert, key)
  attempt(() => createSecureContext(pair.options()), 'the certificate in listen.tls.cert cannot be used for TLS')
  return pair
}

function attempt<Made> (make: () => Made, what: string): Made {
  try {
    return make()
  } catch (cause) {
    throw unusable(`${what} (${codeOf(cause)})`, 'make both files anew; openssl x509 -text and openssl pkey -check show what is wrong', cause)
  }
}

/** @param rules - Only for what nobody else may read. */
async function readText (path: string, setting: string, rules?: FileModeRules): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK) // a named pipe would wait for a writer, for ever
    try {
      const stats = await file.stat()
      if (!stats.isFile() || stats.size > MAX_BYTES) throw unusable(`${path} (${setting}) is no file of at most 1 MiB`, 'name the PEM file itself')
      if (rules !== undefined) refuseExposed(stats, { path, shown: `${path} (${setting})` }, rules)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof ProxyError) throw cause
    throw unusable(`${path} (${setting}) cannot be read (${codeOf(cause)})`, 'correct the path, and make it readable for the user who runs the proxy', cause)
  }
}

function unusable (message: string, hint: string, cause?: unknown): ProxyError {
  return new ProxyError('config-invalid', message, { hint, cause })
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code'
}

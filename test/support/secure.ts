// A listener that speaks TLS: its files, and clients that take no other certificate.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { selfSigned } from './certificates.ts'
import type { Certificate } from './certificates.ts'
import { exchangeBytes } from './raw.ts'
import type { RawAnswer } from './raw.ts'

export interface SecureFiles {
  readonly folder: string
  readonly certFile: string
  readonly keyFile: string
  /** The settings, by variable. */
  readonly env: Readonly<Record<string, string>>
  /** Puts another pair in place of the files, as certbot does. */
  readonly replace: (pair: Partial<Certificate>) => void
}

/** Files with a pair, which only their owner may read; they go with the test. */
export function secureFiles (t: Pick<Test, 'teardown'>, pair: Certificate = selfSigned()): SecureFiles {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-tls-')) // not t.testdir: a test may need several
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const put = (file: string, text: string | undefined): void => {
    if (text === undefined) return
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const replace = ({ cert, key }: Partial<Certificate>): void => { put(certFile, cert); put(keyFile, key) }
  replace(pair)
  return { folder, certFile, keyFile, replace, env: { LANGSMITH_PROXY_LISTEN_TLS_CERT: certFile, LANGSMITH_PROXY_LISTEN_TLS_KEY: keyFile } }
}

/** Connects, and trusts this certificate only. */
export function connectSecurely (t: Pick<Test, 'teardown'>, port: number, { cert }: Pick<Certificate, 'cert'>, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({ port, host: '127.0.0.1', ca: cert, ...options })
  t.teardown(() => { socket.destroy() })
  return socket
}

/** As sendRaw() of raw.ts, over TLS. */
export function sendSecurely (t: Pick<Test, 'teardown'>, port: number, pair: Pick<Certificate, 'cert'>, bytes: string, silence = 500): Promise<RawAnswer> {
  return exchangeBytes(connectSecurely(t, port, pair), 'secureConnect', bytes, silence)
}

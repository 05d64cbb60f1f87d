// Opens the certificate of the listener, for the commands that serve or check a config.

import process from 'node:process'
import type { Config } from '../config/config.ts'
import { readKeyPair } from '../guard/tls/key-pair.ts'
import type { KeyPair } from '../guard/tls/key-pair.ts'
import type { LiveCertificate } from '../guard/tls/live-certificate.ts'

/** @returns Undefined for a config without listen.tls. @throws ProxyError for files that cannot be used. */
export async function openCertificate ({ listen: { tls }, secrets: { allowLooseFileModes } }: Pick<Config, 'listen' | 'secrets'>): Promise<LiveCertificate | undefined> {
  if (tls === undefined) return undefined
  const read = (): Promise<KeyPair> => readKeyPair(tls, { uid: process.getuid?.(), allowLooseFileModes })
  return { files: [tls.cert, tls.key], read, current: await read() }
}

// Reads the files with authorities that routes trust instead of the system's.

import type { Config } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import { readTextFile } from './read-text.ts'

/**
 * The certificate files of all routes: PEM text by file name.
 *
 * @param again - The proxy is running.
 * @throws ProxyError `config-invalid`.
 */
export function readAuthorities ({ routes }: Pick<Config, 'routes'>, again = false): ReadonlyMap<string, string> {
  const authorities = new Map<string, string>()
  for (const { caFile, prefix } of routes) {
    if (caFile === undefined || authorities.has(caFile)) continue
    authorities.set(caFile, readAuthority(caFile, prefix, again))
  }
  return authorities
}

function readAuthority (path: string, prefix: string, again: boolean): string {
  try {
    const text = readTextFile(path, again)
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    throw new ProxyError('config-invalid', `the certificate file of route ${prefix} cannot be read: ${path}`, { cause: error, hint: 'correct "ca" of the route' })
  }
  throw new ProxyError('config-invalid', `the certificate file of route ${prefix} holds no PEM certificate: ${path}`, { hint: 'give a file with -----BEGIN CERTIFICATE-----' })
}

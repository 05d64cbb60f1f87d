// Refuses requests for another host name: a web page that rebinds its DNS name to 127.0.0.1 would
// otherwise use the proxy's credentials (as in CVE-2024-28224, CVE-2025-66414).

import type { Denial } from '../exchange.ts'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

// A name or IPv4 address, or an IPv6 address in brackets; then a port, which is free because of port mapping.
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/

/**
 * Judges the Host header: exactly one, well formed, and a name that this proxy answers to.
 *
 * @param values - Every Host header of the request.
 * @param allowedHosts - Lower-case names, without port, besides the loopback ones.
 */
export function judgeHost (values: readonly string[], allowedHosts: readonly string[]): Denial | undefined {
  const [value] = values
  if (value === undefined) return { code: 'request-ambiguous', detail: 'the request has no Host header' }
  if (values.length > 1) return { code: 'request-ambiguous', detail: 'the request has more than one Host header' }
  const name = HOST.exec(value.toLowerCase())?.[1]
  if (name === undefined) return { code: 'request-ambiguous', detail: 'the Host header is malformed' }
  if (LOOPBACK_NAMES.includes(name) || allowedHosts.includes(name)) return undefined
  return { code: 'host-not-allowed', detail: 'the request is for a host name that this proxy does not answer to' }
}

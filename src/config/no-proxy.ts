// NO_PROXY: which hosts are dialled directly. The rules are curl's (curl.se/docs/manpage.html,
// "NO_PROXY"), with the optional port that Go and others understand.

import { isIP } from 'node:net'
import { withoutBrackets } from './addresses.ts'

/**
 * Decides whether a host is exempt from the forward proxy.
 *
 * @param noProxy - Names, domain suffixes and addresses, separated by commas or blanks; `*` is every host.
 * @param hostname - Lower case, without brackets.
 * @param port - The port that is dialled.
 */
export function isExempt (noProxy: string, hostname: string, port: number): boolean {
  return noProxy.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true
    const { host, onlyPort } = splitPort(entry)
    if (onlyPort !== undefined && onlyPort !== port) return false
    return isIP(hostname) === 0 ? matchesName(host, hostname) : host === hostname
  })
}

// A domain stands for itself and everything below it, never for a name that only ends alike.
function matchesName (host: string, hostname: string): boolean {
  const domain = host.replace(/^\*?\./, '').replace(/\.$/, '')
  return domain !== '' && (hostname === domain || hostname.endsWith(`.${domain}`))
}

function splitPort (entry: string): { host: string, onlyPort: number | undefined } {
  // An IPv6 address without brackets has colons of its own.
  const [, host = entry, port] = isIP(entry) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? [])
  return { host: withoutBrackets(host), onlyPort: port === undefined ? undefined : Number(port) }
}

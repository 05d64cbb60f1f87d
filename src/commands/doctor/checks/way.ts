// Name, connection, egress proxy: how far the way to an upstream is open.

import { fail, ok } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Connected, Resolved, Seen } from '../dial.ts'
import type { Route } from '../../../routes/route.ts'

const MOST_ADDRESSES = 4

export function judgeName (hostname: string, resolved: Resolved): Finding {
  if ('addresses' in resolved) return ok('name', `${hostname} → ${resolved.addresses.slice(0, MOST_ADDRESSES).join(', ')}`)
  return fail('name', `${hostname} cannot be resolved (${resolved.failure.reason})`, 'check the spelling of the upstream, and whether this machine needs a VPN, another DNS server, or an egress proxy (HTTPS_PROXY)')
}

export function judgeTcp ({ host }: Route['upstream'], connected: Connected): Finding {
  if ('ms' in connected) return ok('tcp', `connected to ${host} in ${connected.ms} ms`)
  const { reason } = connected.failure
  return fail('tcp', `no connection to ${host} (${reason})`, TCP_FIXES[reason] ?? 'check the network of this machine and the address of the upstream')
}

const TCP_FIXES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check host and port of the upstream, and whether it runs',
  ETIMEDOUT: 'something on the way drops it: ask for access to this host and port, or set HTTPS_PROXY if your network has an egress proxy',
  ENETUNREACH: 'this machine has no way to that network: check its connection or VPN',
  EHOSTUNREACH: 'this machine has no way to that host: check its connection or VPN'
}

/** Undefined where the route has no egress proxy. */
export function judgeEgress ({ upstream, egress }: Pick<Route, 'upstream' | 'egress'>, seen: Seen): Finding | undefined {
  if (egress === undefined) return undefined
  const named = `${egress.shown} (${egress.setAt})`
  if (seen.certificate === undefined && seen.inEgress) return fail('egress', `${named}: ${seen.failure.detail}`, seen.failure.hint)
  return ok('egress', `${named} lets through to ${upstream.host}`)
}

// Connections to the upstreams of all routes, as requests would use them, for calls of the doctor's own.

import { randomBytes } from 'node:crypto'
import type { ProbeHosts } from '../../diagnosis/probe/hosts.ts'
import { hostsOf } from '../../diagnosis/probe/hosts-of.ts'
import type { HostOptions } from '../../diagnosis/probe/hosts-of.ts'
import type { Route } from '../../routes/route.ts'
import { connectTo } from '../../upstream/connections.ts'

export interface Hosts {
  /** Whom to ask about the credential of a route: its own upstream, and those that get the same credential anyway. */
  readonly of: (route: Route) => ProbeHosts
  /** Cuts all connections. */
  readonly close: () => Promise<void>
}

export function openHosts (routes: readonly Route[], options: Omit<HostOptions, 'hopId'>): Hosts {
  const { timeouts, authorities } = options
  const ways = routes.map((route) => ({ route, connections: connectTo(route, timeouts, route.caFile === undefined ? undefined : authorities.get(route.caFile)) }))
  return {
    of: hostsOf(ways, { ...options, hopId: randomBytes(6).toString('hex') }),
    close: async () => { await Promise.all(ways.map(({ connections }) => connections.close())) }
  }
}

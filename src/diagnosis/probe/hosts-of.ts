// Finds the hosts that a round of probes about a route may ask.

import type { OpenHost, ProbeHosts } from './hosts.ts'
import type { Config } from '../../config/config.ts'
import type { RegionName } from '../../config/regions.ts'
import { upstreamOfRegion } from '../../config/upstream.ts'
import type { Route } from '../../routes/route.ts'
import type { AskedHost } from '../../upstream/ask.ts'
import { connectTo } from '../../upstream/connections.ts'
import type { Way } from '../../upstream/departure.ts'

export interface HostOptions {
  readonly hopId: string
  readonly timeouts: Config['timeouts']
  /** PEM text by file name. */
  readonly authorities: ReadonlyMap<string, string>
  /** Where a region's API is; tests put a sandbox there. */
  readonly regionUpstream?: ((name: RegionName) => Route['upstream']) | undefined
}

/** @param ways - All routes of a config, with their connections. */
export function hostsOf (ways: readonly Way[], options: HostOptions): (route: Route) => ProbeHosts {
  const { hopId, timeouts, authorities, regionUpstream = upstreamOfRegion } = options

  function hostOf ({ route, connections }: Way): AskedHost {
    return { route, connection: connections.pooled, hopId }
  }

  /** With connections of its own, on the same way out as the route's: no request goes there. */
  function openRegion (name: RegionName, { egress, caFile }: Route): OpenHost {
    const upstream = regionUpstream(name)
    const { pooled: connection, close } = connectTo({ upstream, egress }, timeouts, caFile === undefined ? undefined : authorities.get(caFile))
    return { host: { route: { prefix: '/', upstream }, connection, hopId }, close }
  }

  return (route) => {
    const own = ways.find((way) => way.route === route)
    if (own === undefined) throw new Error('not one of these routes')
    const sharing = ways.filter((way) => way.route.credential.name === route.credential.name && way.route.upstream.origin !== route.upstream.origin)
    return { own: hostOf(own), sharing: sharing.map(hostOf), openRegion: (name) => openRegion(name, route) }
  }
}

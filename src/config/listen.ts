// May the proxy listen there? Beyond loopback everyone who reaches the port could use the keys.

import { isLoopback, withoutBrackets } from './addresses.ts'
import type { Config, Notice } from './config.ts'
import type { Mistakes } from './mistakes.ts'
import type { Path } from './schema-node.ts'
import type { GeneralSettings, ListenPolicy } from './schema.ts'

const REFUSED_HINT = [
  'listen on localhost',
  'or, if only programs that you trust can reach that address (as in a container network that is published to 127.0.0.1 only), set '
  + 'listen.allowUnauthenticated: true or LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED=true',
  'client keys, which would make it safe, are not available yet'
].join('; ')

/** The listener's settings as the rest of the program reads them. */
export function buildListen ({ host, port, allowedHosts, allowUnauthenticated, bodyLimit, maxConnections, maxConnectionsPerAddress, maxInFlight }: GeneralSettings['listen']): Config['listen'] {
  return {
    host: withoutBrackets(host), port, allowedHosts: allowedHosts.map(asInHostHeader), allowUnauthenticated, bodyLimit,
    maxConnections, maxConnectionsPerAddress, maxInFlight
  }
}

/** The second listener; none without a port. Its pages say nothing but health, so it may listen anywhere. */
export function buildAdmin ({ host, port }: GeneralSettings['admin'], place: (path: Path) => string, mistakes: Mistakes): Config['admin'] {
  if (port !== undefined) return { host: withoutBrackets(host), port }
  if (host !== 'localhost') mistakes.add(place(['admin', 'host']), 'does nothing without admin.port; set that, too')
  return undefined
}

/** Refuses a listener beyond this machine that was not asked for by name. */
export function checkListen ({ host, allowUnauthenticated }: ListenPolicy, place: (path: Path) => string, mistakes: Mistakes): readonly Notice[] {
  if (isLoopback(withoutBrackets(host))) return []
  const where = place(['listen', 'host'])
  if (!allowUnauthenticated) {
    mistakes.add(where, 'must be localhost: beyond this machine everyone who reaches the port could use your keys', {
      code: 'listen-refused', hint: REFUSED_HINT
    })
    return []
  }
  return [{
    code: 'listen-unauthenticated',
    message: `${where}: listening beyond this machine; everyone who reaches the port can use your keys (${place(['listen', 'allowUnauthenticated'])})`,
    hint: 'make sure that only programs you trust reach it, e.g. publish the container\'s port to 127.0.0.1 only'
  }]
}

function asInHostHeader (host: string): string {
  const bare = withoutBrackets(host).toLowerCase()
  return bare.includes(':') ? `[${bare}]` : bare
}

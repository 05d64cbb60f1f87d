// May the proxy listen there? Beyond loopback everyone who reaches the port could use the keys.

import { dirname } from 'node:path'
import { isLoopback, withoutBrackets } from './addresses.ts'
import type { Config, Notice } from './config.ts'
import type { Mistakes } from './mistakes.ts'
import type { Path } from './schema-node.ts'
import type { GeneralSettings, ListenPolicy } from './schema.ts'
import { isGroup } from './tree.ts'

const REFUSED_HINT = [
  'listen on localhost',
  'or, if only programs that you trust can reach that address (as in a container network that is published to 127.0.0.1 only), set '
  + 'listen.allowUnauthenticated: true or LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED=true',
  'client keys, which would make it safe, are not available yet'
].join('; ')

/** Of the whole path of a socket, in bytes: macOS takes so many, Linux four more. */
const MOST_PATH_BYTES = 103
/** Of its folder: the listener makes the socket one folder further down (listen-socket.ts). */
const MOST_FOLDER_BYTES = 93

/** How settings are placed, and which paths they mean. */
export interface ListenContext {
  readonly place: (path: Path) => string
  readonly resolve: (path: string) => string
  readonly mistakes: Mistakes
}

/** The listener's settings as the rest of the program reads them. */
export function buildListen (settings: GeneralSettings['listen'], context: ListenContext): Config['listen'] {
  const { host, port, allowedHosts, allowUnauthenticated, bodyLimit, maxConnections, maxConnectionsPerAddress, maxInFlight } = settings
  return {
    host: withoutBrackets(host), port, ...socketOf(settings, context), allowedHosts: allowedHosts.map(asInHostHeader), allowUnauthenticated, bodyLimit,
    maxConnections, maxConnectionsPerAddress, maxInFlight
  }
}

function socketOf ({ socket, mode }: GeneralSettings['listen'], { place, resolve, mistakes }: ListenContext): Pick<Config['listen'], 'socket' | 'mode'> {
  const bits = Number.parseInt(mode, 8)
  if (socket === undefined) {
    if (bits !== USUAL_MODE) mistakes.add(place(['listen', 'mode']), 'does nothing without listen.socket; set that, too')
    return { socket, mode: bits }
  }
  const path = resolve(socket)
  if (path.includes('\0')) mistakes.add(place(['listen', 'socket']), 'must be a path')
  if (Buffer.byteLength(path) > MOST_PATH_BYTES || Buffer.byteLength(dirname(path)) > MOST_FOLDER_BYTES) {
    mistakes.add(place(['listen', 'socket']), `is too long for a Unix socket: the whole path may have ${MOST_PATH_BYTES} bytes, and that of its folder ${MOST_FOLDER_BYTES}`)
  }
  return { socket: path, mode: bits }
}

const USUAL_MODE = 0o600

/** What does nothing beside a socket. @param written - The settings as they were set, without defaults. */
export function socketNotices (written: unknown, place: (path: Path) => string): readonly Notice[] {
  if (!isGroup(written) || written.socket === undefined) return []
  return ['host', 'port'].filter((name) => written[name] !== undefined).map((name) => ({
    code: 'listen-address-unused',
    message: `${place(['listen', name])}: does nothing, because the proxy listens on a Unix socket (${place(['listen', 'socket'])})`,
    hint: 'remove one of the two'
  }))
}

/** The second listener; none without a port. Beyond loopback its pages say nothing but health, so it may listen anywhere. */
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

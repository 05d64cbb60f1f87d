// May the proxy listen there? Beyond loopback everyone who reaches the port could use the keys.

import { dirname } from 'node:path'
import { isLoopback, withoutBrackets } from './addresses.ts'
import type { Config, Notice } from './config.ts'
import type { Mistakes } from './mistakes.ts'
import { parseNetwork } from './networks.ts'
import type { Path } from './schema-node.ts'
import type { GeneralSettings, ListenPolicy } from './schema.ts'
import { isGroup } from './tree.ts'

const REFUSED_HINT = [
  'listen on localhost',
  'or give each caller a key (langsmith-proxy clients add), set clients.required: true, and give the proxy a certificate (listen.tls) or put something that '
  + 'speaks TLS in front (listen.behindTlsProxy: true)',
  'or, if only programs that you trust can reach that address (as in a container network that is published to 127.0.0.1 only), set '
  + 'listen.allowUnauthenticated: true or LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED=true'
].join('; ')

const PLAIN_KEYS_HINT = 'give the proxy a certificate (listen.tls); or let something that speaks TLS stand in front of it, so that nobody else reaches this address, and set '
  + 'listen.behindTlsProxy: true'

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
  const { host, port, allowedHosts, allowUnauthenticated, behindTlsProxy, bodyLimit, maxConnections, maxConnectionsPerAddress, maxInFlight } = settings
  return {
    host: withoutBrackets(host), port, ...socketOf(settings, context), allowedHosts: allowedHosts.map(asInHostHeader), allowUnauthenticated, behindTlsProxy, bodyLimit,
    maxConnections, maxConnectionsPerAddress, maxInFlight, tls: tlsOf(settings, context), trustedProxies: trustedOf(settings, context)
  }
}

function tlsOf ({ tls: { cert, key }, socket }: GeneralSettings['listen'], { place, resolve, mistakes }: ListenContext): Config['listen']['tls'] {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined) mistakes.add(place(['listen', 'tls', 'key']), 'does nothing without listen.tls.cert; set that, too')
  if (key === undefined) mistakes.add(place(['listen', 'tls', 'cert']), 'does nothing without listen.tls.key; set that, too')
  if (socket !== undefined) mistakes.add(place(['listen', 'tls', cert === undefined ? 'key' : 'cert']), 'does nothing on a Unix socket (listen.socket); remove one of the two')
  return cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) }
}

function trustedOf ({ trustedProxies }: GeneralSettings['listen'], { place, mistakes }: ListenContext): readonly string[] {
  for (const [at, text] of trustedProxies.entries()) {
    if (parseNetwork(text) === undefined) mistakes.add(place(['listen', 'trustedProxies', String(at)]), 'must be an address such as 192.0.2.1, or a network such as 10.0.0.0/8')
  }
  return trustedProxies
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
  return ['host', 'port', 'trustedProxies'].filter((name) => written[name] !== undefined).map((name) => ({
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

/**
 * Refuses a listener that lets strangers use the keys, or client keys be read on their way, and was not asked for by name.
 *
 * @param keysRequired - The setting clients.required.
 */
export function checkListen (policy: ListenPolicy, keysRequired: boolean, place: (path: Path) => string, mistakes: Mistakes): readonly Notice[] {
  const { host, allowUnauthenticated, behindTlsProxy, trustedProxies, tls } = policy
  const where = place(['listen', 'host'])
  const refuse = (at: string, text: string, hint: string): void => { mistakes.add(at, text, { code: 'listen-refused', hint }) }
  const inFront = behindTlsProxy ? 'behindTlsProxy' : trustedProxies.length > 0 ? 'trustedProxies' : undefined
  if (!allowUnauthenticated && inFront !== undefined && !keysRequired) { // on loopback too: what stands in front lets others in
    refuse(place(['listen', inFront]), 'needs clients.required: true: everyone who reaches what is in front of the proxy could use your keys',
      'give each caller a key (langsmith-proxy clients add) and set clients.required: true')
    return []
  }
  const isEncrypted = behindTlsProxy || (tls.cert !== undefined && tls.key !== undefined)
  if (isLoopback(withoutBrackets(host)) || (keysRequired && isEncrypted)) return []
  if (!allowUnauthenticated) {
    if (keysRequired) refuse(where, 'must be localhost: beyond this machine client keys would cross the network in plain text', PLAIN_KEYS_HINT)
    else refuse(where, 'must be localhost: beyond this machine everyone who reaches the port could use your keys', REFUSED_HINT)
    return []
  }
  const permission = place(['listen', 'allowUnauthenticated'])
  if (keysRequired) {
    return [{ code: 'listen-plain', message: `${where}: listening beyond this machine; client keys cross the network in plain text (${permission})`, hint: PLAIN_KEYS_HINT }]
  }
  return [{
    code: 'listen-unauthenticated',
    message: `${where}: listening beyond this machine; everyone who reaches the port can use your keys (${permission})`,
    hint: 'make sure that only programs you trust reach it, e.g. publish the container\'s port to 127.0.0.1 only'
  }]
}

function asInHostHeader (host: string): string {
  const bare = withoutBrackets(host).toLowerCase()
  return bare.includes(':') ? `[${bare}]` : bare
}

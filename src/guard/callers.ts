// Who calls, by address. That is the peer of the connection, unless the peer is a proxy that the settings trust: then it
// is whom that proxy names in X-Forwarded-For. From anybody else the header means nothing, for everybody can write it.

import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { withoutBrackets, withoutMapping } from '../config/addresses.ts'
import { inNetworks, plainAddress } from '../config/networks.ts'
import type { IsInNetworks } from '../config/networks.ts'
import type { Caller } from '../exchange.ts'

export interface Callers {
  /** Who sends a request. */
  readonly of: (request: Pick<IncomingMessage, 'rawHeaders'> & { readonly socket: { readonly remoteAddress?: string | undefined } }) => Caller
  /** Whether an address is that of a trusted proxy, which stands for many callers. */
  readonly isTrusted: IsInNetworks
}

/** @param trustedProxies - Addresses and networks. */
export function knowCallers (trustedProxies: readonly string[]): Callers {
  const isTrusted = inNetworks(trustedProxies)
  return {
    isTrusted,
    of ({ rawHeaders, socket: { remoteAddress } }) {
      const peer = remoteAddress === undefined ? undefined : withoutMapping(remoteAddress)
      if (trustedProxies.length === 0 || peer === undefined || !isTrusted(peer)) return { address: peer, isForwarded: false }
      const hops = forwardedFor(rawHeaders)
      return { address: callerIn(hops, isTrusted) ?? peer, isForwarded: hops.length > 0 }
    }
  }
}

// Each proxy writes its peer at the right end. What stands to the left of the first one that is not trusted is a claim of
// that one, and not even looked at.
function callerIn (hops: readonly string[], isTrusted: IsInNetworks): string | undefined {
  let caller: string | undefined
  for (const hop of [...hops].reverse()) {
    caller = addressIn(hop)
    if (caller === undefined || !isTrusted(caller)) return caller
  }
  return caller
}

/** All lines of the header are one list (RFC 9110, section 5.3). */
function forwardedFor (rawHeaders: readonly string[]): readonly string[] {
  const lines = rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'x-forwarded-for')
  return lines.length === 0 ? [] : lines.join(',').split(',').map((hop) => hop.trim())
}

/** Some proxies (Azure's, IIS) write the port, too. */
function addressIn (hop: string): string | undefined {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(hop) ?? [undefined, hop]
  const bare = withoutBrackets(host)
  const isPlaced = port === undefined || isIPv4(bare) || bare !== host
  return isPlaced ? plainAddress(bare) : undefined
}

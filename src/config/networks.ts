// Addresses and networks, as settings name them: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. IPv4 in the form of IPv6
// (`::ffff:192.0.2.1`, what IPv6 listeners call IPv4 peers) is IPv4 here.

import { BlockList, isIP, SocketAddress } from 'node:net'
import { withoutMapping } from './addresses.ts'

interface Network { readonly address: string, readonly prefix: number, readonly family: 'ipv4' | 'ipv6' }

/** Bits before the IPv4 address in `::ffff:0:0/96`. */
const MAPPED_BITS = 96

/** Whether an address is in one of some networks. */
export type IsInNetworks = (address: string) => boolean

/** @returns Undefined for what is neither an address nor a network. */
export function parseNetwork (text: string): Network | undefined {
  const [written = '', length, ...rest] = text.split('/')
  const address = plainAddress(written)
  if (address === undefined || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const isMapped = family === 'ipv4' && isIP(written) === 6
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = length === undefined ? bits : Number(length) - (isMapped ? MAPPED_BITS : 0)
  return prefix < 0 || prefix > bits ? undefined : { address, prefix, family }
}

/** @param texts - That parseNetwork() reads; others match nothing. */
export function inNetworks (texts: readonly string[]): IsInNetworks {
  const list = new BlockList()
  const networks = texts.flatMap((text) => parseNetwork(text) ?? [])
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family)
  return (address) => {
    const family = networks.length === 0 ? 0 : isIP(address)
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** An address in the one spelling that counts and logs can compare. @returns Undefined for what is none, and for one with a zone (`fe80::1%eth0`). */
export function plainAddress (text: string): string | undefined {
  const family = text.includes('%') ? 0 : isIP(text)
  if (family === 0) return undefined
  return withoutMapping(new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6' }).address)
}

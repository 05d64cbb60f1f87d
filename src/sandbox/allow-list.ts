// IP allow-lists of organisations: plain addresses and CIDR blocks.

import { BlockList, isIP } from 'node:net'

/**
 * Whether a text can stand in an allow-list.
 *
 * @param text - Such as `192.0.2.7` or `2001:db8::/32`.
 */
export function isAddressBlock (text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
}

/**
 * Whether an allow-list lets a caller in.
 *
 * @param allowlist - Entries that `isAddressBlock` accepts; an empty list lets everybody in.
 * @param peer - IP address of the caller.
 */
export function admits (allowlist: readonly string[], peer: string): boolean {
  if (allowlist.length === 0) return true
  const allowed = new BlockList()
  for (const entry of allowlist) {
    const [address = '', bits] = entry.split('/')
    if (bits === undefined) allowed.addAddress(address, familyOf(address))
    else allowed.addSubnet(address, Number(bits), familyOf(address))
  }
  return allowed.check(peer, familyOf(peer))
}

function familyOf (address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

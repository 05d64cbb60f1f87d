// What kind of host a name or address is. Only canonical spellings count as loopback: whatever is
// not recognised is treated as reachable by others, which is the safe side.

import { BlockList, isIP, isIPv6 } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

// Where clouds serve machine credentials: AWS, GCP, Azure and others on the link-local address,
// Alibaba on its own, AWS and GCP also on IPv6.
const METADATA = new BlockList()
METADATA.addSubnet('169.254.0.0', 16, 'ipv4')
METADATA.addAddress('100.100.100.200', 'ipv4')
METADATA.addSubnet('fe80::', 10, 'ipv6')
METADATA.addAddress('fd00:ec2::254', 'ipv6')
METADATA.addAddress('fd20:ce::254', 'ipv6')
const METADATA_NAMES = ['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal']

/** True for `localhost`, 127.0.0.0/8 and ::1, without brackets. */
export function isLoopback (hostname: string): boolean {
  if (hostname === '127.0.0.1' || hostname === '::1') return true // nearly every request; the list takes 2 µs
  return hostname.toLowerCase() === 'localhost' || isIn(LOOPBACK, hostname)
}

/** True for link-local addresses and the names and addresses of cloud metadata services. */
export function isMetadata (hostname: string): boolean {
  return METADATA_NAMES.includes(hostname.toLowerCase().replace(/\.$/, '')) || isIn(METADATA, hostname)
}

/** `[::1]` as `::1`; other hosts unchanged. */
export function withoutBrackets (host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** An IPv4 peer of an IPv6 listener (`::ffff:192.0.2.1`) as `192.0.2.1`; other addresses unchanged. */
export function withoutMapping (address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Whom an address stands for: whoever has one of IPv6 has the 2^64 beside it. @returns An address of IPv4, or a network such as `2001:db8:0:0::/64`. */
export function networkOf (address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const [first, last] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''))
  const groups = [...first ?? [], ...Array.from({ length: Math.max(0, 8 - (first?.length ?? 0) - (last?.length ?? 0)) }, () => '0'), ...last ?? []]
  return groups.slice(0, 4).join(':') + '::/64'
}

function isIn (list: BlockList, hostname: string): boolean {
  const family = isIP(hostname)
  return family !== 0 && list.check(hostname, family === 4 ? 'ipv4' : 'ipv6')
}

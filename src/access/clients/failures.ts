// Counts wrong client keys by address, so that trying many costs more than it brings. A right key is never held up:
// others at the same address do not pay for one who tries.

import { networkOf } from '../../config/addresses.ts'

/** Wrong keys that an address may show in a minute before it is told to wait. */
const FREE_TRIES = 10
const WINDOW_MS = 60_000
/** Addresses that are remembered; the one that failed longest ago is forgotten first. */
const MOST_ADDRESSES = 10_000

interface Failures { readonly since: number, count: number }

/**
 * @param now - Milliseconds on a clock that never goes back.
 * @returns Notes a wrong key of an address, and gives the seconds that it has to wait, or undefined.
 */
export function countFailures (now: () => number): (address: string) => number | undefined {
  const byAddress = new Map<string, Failures>()

  return (address) => {
    const who = networkOf(address)
    const before = byAddress.get(who)
    const failures = before === undefined || now() - before.since >= WINDOW_MS ? { since: now(), count: 0 } : before
    failures.count++
    byAddress.delete(who) // the last to fail comes last
    byAddress.set(who, failures)
    const [oldest] = byAddress.keys()
    if (byAddress.size > MOST_ADDRESSES && oldest !== undefined) byAddress.delete(oldest)
    return failures.count > FREE_TRIES ? Math.max(1, Math.ceil((failures.since + WINDOW_MS - now()) / 1000)) : undefined
  }
}

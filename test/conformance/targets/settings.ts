// What the configurations of the other programs leave open: keys, ports and times, by the names that
// their files use for them.

import { KEYS } from '../case.ts'
import { TIMEOUTS } from '../target.ts'
import type { Target, Timeouts } from '../target.ts'

/** File of the authority that vouches for the TLS upstreams, beside the configuration. */
export const AUTHORITY_FILE = 'authority.pem'

/** @param port - Where the program is to listen. */
export function settings ({ ports }: Parameters<Target['start']>[0], port: number, { head, idle }: Timeouts = TIMEOUTS): Readonly<Record<string, string>> {
  const places = Object.entries(ports).map(([place, number]) => [`${place.toUpperCase()}_PORT`, String(number)])
  return {
    PORT: String(port),
    MAIN_KEY: KEYS.main,
    MAIN_WORKSPACE: KEYS.mainWorkspace,
    EU_KEY: KEYS.eu,
    EU_WORKSPACE: KEYS.euWorkspace,
    HEAD_TIMEOUT: `${head}s`,
    IDLE_TIMEOUT: `${idle}s`,
    ...Object.fromEntries(places) as Record<string, string>
  }
}

// Whom a round of probes may ask.

import type { RegionName } from '../../config/regions.ts'
import type { AskedHost } from '../../upstream/ask.ts'

/** A host with a connection of its own; close it after the round. */
export interface OpenHost {
  readonly host: AskedHost
  readonly close: () => Promise<void>
}

export interface ProbeHosts {
  /** The upstream that refused. */
  readonly own: AskedHost
  /** Upstreams of other routes that get the same credential anyway. */
  readonly sharing: readonly AskedHost[]
  /** Another LangSmith region, which does not have the key yet. */
  readonly openRegion: (name: RegionName) => OpenHost
}

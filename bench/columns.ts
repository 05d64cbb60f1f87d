// Names of the columns, which workloads fill and goals look up.

/** Of workloads that are one request again and again. Times are microseconds. */
export const COLUMNS = {
  cpu: 'CPU µs per request',
  memory: 'RSS MiB',
  rate: (connections: number) => `requests/s, ${connections} conn.`,
  p50: (connections: number) => `p50 µs, ${connections} conn.`,
  p99: (connections: number) => `p99 µs, ${connections} conn.`
} as const

/** Of W6. */
export const ONE_SHOT = { median: 'ms per call', first: 'ms, first call, a second after the start', burst: 'ms per call, 8 at once' } as const

/** Of W7. */
export const STREAMS = { perStream: 'KiB per idle stream', memory: 'RSS MiB', cpu: 'CPU µs per event', share: 'CPU % of a core' } as const

export const START = { ready: 'ms until ready' } as const
export const MEMORY = { idle: 'idle RSS MiB', large: 'RSS MiB above idle with a 1 GiB body' } as const
export const SIZE = { packed: 'MiB to download', unpacked: 'MiB on the disk', keychain: 'MiB more for the keychain module' } as const

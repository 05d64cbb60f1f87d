// The three health pages: a status, and a line that says why.

/** What the pages tell about. */
export interface Lifecycle {
  /** Config and secrets are loaded and the proxy listens. */
  started: boolean
  /** Every route has a key. */
  readonly canInject: () => boolean
  /** With startup.check: strict, LangSmith has accepted the key of every route; else always. */
  readonly keysAccepted: () => boolean
  /** The end was asked for: no new work should be sent here. */
  stopping: boolean
}

/** What holds a page back. Fixed words: probes may ask from anywhere, so they tell no names. */
const PAGES = {
  '/-/live': (): string | undefined => undefined, // that this line runs is the answer
  '/-/startup': ({ started }: Lifecycle): string | undefined => started ? undefined : 'not yet',
  '/-/ready': ({ started, stopping, canInject, keysAccepted }: Lifecycle): string | undefined => {
    if (stopping) return 'stopping'
    if (!started) return 'not yet'
    if (!canInject()) return 'not yet: a route has no key'
    if (!keysAccepted()) return 'not yet: LangSmith has not accepted the key of every route (startup.check: strict); see /-/refusals'
    return undefined
  }
} as const

export type HealthPath = keyof typeof PAGES

export const HEALTH_PATHS = Object.keys(PAGES) as readonly HealthPath[]

/** Status and body of a health page. Live and startup never depend on the upstream: that is not what a restart would mend. */
export function healthOf (path: HealthPath, lifecycle: Lifecycle): { readonly status: 200 | 503, readonly body: string } {
  const why = PAGES[path](lifecycle)
  return why === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${why}\n` }
}

// The three health pages: a status, and one word that says the same.

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

const PAGES = {
  '/-/live': (): boolean => true, // that this line runs is the answer
  '/-/startup': ({ started }: Lifecycle): boolean => started,
  '/-/ready': ({ started, stopping, canInject, keysAccepted }: Lifecycle): boolean => started && !stopping && canInject() && keysAccepted()
} as const

export type HealthPath = keyof typeof PAGES

export const HEALTH_PATHS = Object.keys(PAGES) as readonly HealthPath[]

/** Status and body of a health page. Live and startup never depend on the upstream: that is not what a restart would mend. */
export function healthOf (path: HealthPath, lifecycle: Lifecycle): { readonly status: 200 | 503, readonly body: string } {
  return PAGES[path](lifecycle) ? { status: 200, body: 'ok\n' } : { status: 503, body: 'not yet, or not any more\n' }
}

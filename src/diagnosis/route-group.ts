// The routes that one call tells about: they send the same credential on the same way.

import type { Route } from '../routes/route.ts'
import type { LiveCredential } from '../secrets/credential.ts'

/** The first pause between two tries, in milliseconds. */
export const FIRST_RETRY_MS = 5000

export interface RouteGroup {
  readonly way: string
  readonly credential: LiveCredential
  readonly routes: readonly Route[]
  /** What was reported last, by prefix: the same is not said twice. */
  readonly told: Map<string, string>
  accepted: boolean
  /** The call under way; the answer to an older one is not heard. */
  call: symbol | undefined
  /** The next pause between two tries, in milliseconds. */
  retryMs: number
  timer: NodeJS.Timeout | undefined
}

/** Ends what is under way or planned for a group. */
export function forget (group: RouteGroup): void {
  clearTimeout(group.timer)
  group.call = undefined
}

/**
 * @param routes - Of the config in use.
 * @param before - Groups of the config before it: what was found out holds for the same credential on the same way.
 */
export function groupsOf (routes: readonly Route[], before: readonly RouteGroup[]): readonly RouteGroup[] {
  const first = routes.filter((route, at) => routes.findIndex((other) => isSameGroup(route, other)) === at)
  return first.map((route) => {
    const way = wayOf(route)
    const kept = before.find((group) => group.way === way && group.credential === route.credential)
    const { told, accepted, retryMs } = kept ?? { told: new Map<string, string>(), accepted: false, retryMs: FIRST_RETRY_MS }
    return { way, credential: route.credential, routes: routes.filter((other) => isSameGroup(route, other)), told, accepted, retryMs, call: undefined, timer: undefined }
  })
}

function isSameGroup (a: Route, b: Route): boolean {
  return a.credential === b.credential && wayOf(a) === wayOf(b)
}

/** A certificate file or an egress proxy decides about what answers, too. */
function wayOf ({ upstream: { origin, basePath, selfHosted }, caFile, egress }: Route): string {
  return JSON.stringify([origin, basePath, selfHosted, caFile, egress?.shown])
}

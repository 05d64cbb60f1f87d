// Which route a path belongs to: the longest prefix, on whole segments of the raw path.

import type { Route } from './route.ts'

/** Finds the route of a raw path (no query); undefined where no prefix fits. */
export type RouteTable = (path: string) => Route | undefined

/** @param routes - With distinct prefixes, as the config guarantees. */
export function createRouteTable (routes: readonly Route[]): RouteTable {
  const longestFirst = [...routes].sort((a, b) => b.prefix.length - a.prefix.length)
  return (path) => longestFirst.find(({ prefix }) => isUnder(prefix, path))
}

/** Whether a path is the prefix itself or below it. `/eu` has `/eu` and `/eu/runs`, but not `/europe`. */
export function isUnder (prefix: string, path: string): boolean {
  if (prefix === '/') return true
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
}

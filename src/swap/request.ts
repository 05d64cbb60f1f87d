// The whole swap of one request: target, query and headers in, what goes upstream out.

import { cutQuery } from './query.ts'
import { swapHeaders } from './request-headers.ts'
import { pathOf } from '../guard/target.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'

/** A request as it goes upstream. Holds the secret. */
export interface SwappedRequest {
  /** Path and query, byte for byte what is sent. */
  readonly target: string
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
  /** Flat list of names and values. */
  readonly headers: string[]
  /** Names of the credential headers and query pairs that were removed, lower case. */
  readonly removed: readonly string[]
  readonly removedValues: readonly string[]
  /** Those of the query alone. */
  readonly queryRemoved: readonly string[]
}

/**
 * @param credential - The version to use.
 * @param path - The upstream's path, from routes/path.ts.
 * @param target - The target as the client sent it; only its query is used.
 */
export function swapRequest (
  route: Pick<Route, 'upstream'>, credential: Credential, path: string, target: string, rawHeaders: readonly string[], hopId: string
): SwappedRequest {
  const cut = cutQuery(target.slice(pathOf(target).length))
  const swapped = swapHeaders(route, credential, rawHeaders, hopId)
  return {
    target: path + cut.query,
    path,
    query: cut.query,
    headers: swapped.headers,
    removed: cut.removed.length === 0 ? swapped.removed : [...swapped.removed, ...cut.removed],
    removedValues: cut.removed.length === 0 ? swapped.removedValues : [...swapped.removedValues, ...cut.removedValues],
    queryRemoved: cut.removed
  }
}

// In which other regions a key is accepted, and which are still possible.

import { REGION_NAMES } from '../config/regions.ts'
import type { RegionName } from '../config/regions.ts'
import type { Evidence } from './diagnosis.ts'

export interface OtherRegions {
  /** Read-only calls were accepted there. */
  readonly asked: readonly RegionName[]
  /** Another route's calls with this key were. */
  readonly used: readonly RegionName[]
  /** Not known to refuse the key. */
  readonly open: readonly RegionName[]
  /** Refuse to list projects, as they would to a service key of theirs that is made for traces alone; none for other kinds of keys. */
  readonly doubtful: readonly RegionName[]
}

/** @param own - The region of the route that refused. */
export function regionsOf ({ findings, others, route: { keyShape } }: Evidence, own: RegionName): OtherRegions {
  const names = REGION_NAMES.filter((name) => name !== own)
  return {
    asked: names.filter((name) => findings?.regions[name] === 'accepted'),
    used: names.filter((name) => others.some(({ region, sameKey, works }) => region === name && sameKey && works)),
    open: names.filter((name) => findings?.regions[name] !== 'refused'),
    doubtful: names.filter((name) => keyShape.kind === 'service' && findings?.regions[name] === 'refused')
  }
}

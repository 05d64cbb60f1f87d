// A route, ready to use: which path goes where with which credential. Upstream and credential are
// chosen together, in one object, so that a key can never meet another route's host.

import type { RouteConfig } from '../config/config.ts'
import type { LiveCredential } from '../secrets/credential.ts'

export interface Route extends Omit<RouteConfig, 'credential'> {
  readonly credential: LiveCredential
}

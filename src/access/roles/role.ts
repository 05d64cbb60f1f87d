// What a role is: two lists of operations. What `allow` does not name is denied, and `deny` wins. The built-in roles
// (built-in.ts) and those of the config have the same form and the same matcher.

import type { RoleConfig } from '../../config/config.ts'

export interface Role extends RoleConfig {
  /** May also see the pages of the proxy itself, below `/-/`. */
  readonly pages: boolean
}

/** The roles of the config, by name. */
export type OwnRoles = ReadonlyMap<string, Role>

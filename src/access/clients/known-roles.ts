// The roles that a client may have: the built-in ones and those of the config.

import type { KnownRoles } from './clients-text.ts'
import type { Config } from '../../config/config.ts'
import { ROLE_NAMES } from '../../config/role-names.ts'
import { ownRoles, roleNamed } from '../roles/judge.ts'

export function knownRoles ({ roles }: Pick<Config, 'roles'>): KnownRoles {
  const own = ownRoles(roles)
  return { named: (name) => roleNamed(name, own), names: [...ROLE_NAMES, ...own.keys()] }
}

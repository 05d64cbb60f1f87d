// The roles of the config, beside those that the proxy has of itself.

import type { RoleConfig, RoleRule } from './config.ts'
import type { Mistakes } from './mistakes.ts'
import { ROLE_NAMES } from './role-names.ts'
import { parseRoleRule } from './role-rule.ts'
import type { Path } from './schema-node.ts'
import type { RoleSettings } from './schema.ts'
import type { Entry } from './validate.ts'

/** The roles as they were written; what is wrong with one is a mistake by now. */
export function buildRoles (entries: readonly Entry<RoleSettings>[], place: (path: Path) => string, mistakes: Mistakes): readonly RoleConfig[] {
  return entries.map(({ path, value: { mode, allow, deny } }) => {
    const name = path.at(-1) ?? ''
    if (isTaken(name)) mistakes.add(place(path), `is a role of the proxy itself (${ROLE_NAMES.join(', ')}); choose another name`)
    const rulesOf = (list: 'allow' | 'deny', lines: readonly string[]): readonly RoleRule[] =>
      lines.flatMap((line, at) => mistakes.take(place([...path, list, String(at)]), parseRoleRule(line)) ?? [])
    return { name, mode, allow: rulesOf('allow', allow), deny: rulesOf('deny', deny) }
  })
}

// A name that differs from ours in case or in _ and - alone would mislead whoever reads a client list.
function isTaken (name: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '')
  return ROLE_NAMES.some((known) => plain(known) === plain(name))
}

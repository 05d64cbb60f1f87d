// Settings of features that this version does not have. Their defaults ask for nothing and pass;
// anything else is refused, because a safety setting that does nothing is worse than none.

import { isDeepStrictEqual } from 'node:util'
import type { Mistakes } from './mistakes.ts'
import type { Path, SchemaNode } from './schema-node.ts'
import { isGroup } from './tree.ts'

/** Notes each setting that asks for a feature which is not there. */
export function refuseNotYet (node: SchemaNode, value: unknown, path: Path, place: (path: Path) => string, mistakes: Mistakes): void {
  if (value === undefined) return
  if (node.notYet === true) {
    if (!isDeepStrictEqual(value, node.default)) mistakes.add(place(path), 'is not available yet', { code: 'not-available' })
    return
  }
  if (Array.isArray(value) && node.items !== undefined) {
    for (const [at, item] of value.entries()) refuseNotYet(node.items, item, [...path, String(at)], place, mistakes)
  }
  if (isGroup(value)) {
    for (const [name, child] of Object.entries(value)) {
      const childNode = node.properties?.[name] ?? Object.values(node.patternProperties ?? {})[0]
      if (childNode !== undefined) refuseNotYet(childNode, child, [...path, name], place, mistakes)
    }
  }
}

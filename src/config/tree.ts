// The settings as one tree, whoever wrote them, and for each of them the place to name in messages.

import type { Path } from './schema-node.ts'

export type Group = Readonly<Record<string, unknown>>

export interface SettingsTree {
  readonly value: Group
  /** Where a setting was written, or where a missing one belongs: `config.yaml:12 routes[1].region`. */
  readonly place: (path: Path) => string
}

/** A setting from a variable or a flag, which goes before the file. */
export interface Override {
  readonly path: Path
  readonly value: unknown
  /** Name of the variable or flag. */
  readonly place: string
}

/** True for a mapping; lists and plain values are none. */
export function isGroup (value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The tree with the overrides in it; later ones win. */
export function withOverrides (tree: SettingsTree, overrides: readonly Override[]): SettingsTree {
  const value = overrides.reduce((group, override) => set(group, override.path, override.value), tree.value)
  return {
    value,
    place: (path) => overrides.findLast((override) => startsWith(path, override.path))?.place ?? tree.place(path)
  }
}

function set (group: Group, [name, ...rest]: Path, value: unknown): Group {
  if (name === undefined) return group
  if (rest.length === 0) return { ...group, [name]: value }
  const child = group[name] ?? {}
  // Something else stands where a group belongs; validation will say so.
  return isGroup(child) ? { ...group, [name]: set(child, rest, value) } : group
}

function startsWith (path: Path, start: Path): boolean {
  return start.every((name, at) => path[at] === name)
}

// What a reload changes, by name. No values: they may be addresses that nobody wants in a log.

import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/config.ts'
import type { ConfigReloaded } from '../events.ts'
import { isSameSecret } from '../secrets/secret.ts'
import type { Secret } from '../secrets/secret.ts'

export type Changes = Omit<ConfigReloaded, 'event' | 'by'>

/** What is read when the process starts and then never again. */
const AT_START = ['listen.host', 'listen.port', 'listen.socket', 'listen.mode', 'listen.tls', 'admin', 'log', 'store'] as const
/** Compared by name below, or no setting. */
const APART = ['routes', 'credentials', 'roles', 'notices', 'source', 'limits.redis']

interface Loaded {
  readonly config: Config
  readonly redis?: Secret | undefined
  readonly authorities: ReadonlyMap<string, string>
}

/** @returns Undefined where nothing has changed. */
export function describeChanges ({ config: before, authorities: trusted, redis: counted }: Loaded, { config: after, authorities, redis }: Loaded): Changes | undefined {
  const routes = named(before.routes, after.routes, ({ prefix }) => prefix)
  const credentials = named(before.credentials.map(withoutPlaces), after.credentials.map(withoutPlaces), ({ name }) => `credentials.${name}`)
  const roles = named(before.roles, after.roles, ({ name }) => `roles.${name}`)
  const settings = changedPaths(before, after, [])
  const certificates = isDeepStrictEqual(trusted, authorities) ? [] : ['certificates of routes']
  const address = isSameSecret(counted, redis) ? [] : ['limits.redis'] // what it leads to, wherever that is kept
  const changed = [...settings, ...address, ...certificates, ...[credentials, roles].flatMap(({ added, removed, changed: other }) => [...added, ...removed, ...other])]
  if (changed.length + routes.added.length + routes.removed.length + routes.changed.length === 0) return undefined
  return {
    routes_added: routes.added, routes_removed: routes.removed, routes_changed: routes.changed,
    changed, needs_restart: settings.filter((path) => AT_START.some((start) => path === start || path.startsWith(`${start}.`)))
  }
}

interface NamedChanges { readonly added: readonly string[], readonly removed: readonly string[], readonly changed: readonly string[] }

function named<Item> (before: readonly Item[], after: readonly Item[], nameOf: (item: Item) => string): NamedChanges {
  const old = new Map(before.map((item) => [nameOf(item), item]))
  const names = after.map(nameOf)
  return {
    added: names.filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !names.includes(name)),
    changed: after.filter((item) => old.has(nameOf(item)) && !isDeepStrictEqual(old.get(nameOf(item)), item)).map(nameOf)
  }
}

// Another line of the file is no change.
function withoutPlaces ({ apiKey, workspaceId, ...credential }: Config['credentials'][number]): Config['credentials'][number] {
  return { ...credential, apiKey: { ...apiKey, setAt: '' }, workspaceId: typeof workspaceId === 'object' ? { ...workspaceId, setAt: '' } : workspaceId }
}

/** Paths of the settings that differ, such as `timeouts.idle`. */
function changedPaths (before: unknown, after: unknown, path: readonly string[]): readonly string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isGroup(before) || !isGroup(after)) return [path.join('.')]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => {
    const child = [...path, name]
    return APART.includes(child.join('.')) ? [] : changedPaths(before[name], after[name], child)
  })
}

function isGroup (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

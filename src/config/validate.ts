// Checks the tree against the schema with our own Ajv: every mistake, nothing converted, nothing
// dropped. env-schema does both of the latter, which is right for variables and wrong for files.

import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { AJV_OPTIONS } from './ajv-options.ts'
import { isRightFile } from './judge-file.ts'
import type { Mistakes } from './mistakes.ts'
import { ROLE_NAMES } from './role-names.ts'
import { describeAccepted, leavesOf, nodeOf, showPath, type Path, type SchemaNode } from './schema-node.ts'
import { OWN_KEYWORDS } from './schema-parts.ts'
import {
  CredentialSchema, FileSchema, GeneralSchema, ListenPolicySchema, RoleSchema, RouteSchema,
  type CredentialSettings, type GeneralSettings, type ListenPolicy, type RoleSettings, type RouteSettings
} from './schema.ts'
import { nearest, showName, suggestion } from './suggest.ts'
import { isGroup, type SettingsTree } from './tree.ts'

/** A part of the tree that has the form of the schema. */
export interface Entry<Value> {
  readonly path: Path
  readonly value: Value
}

/** The parts that have the right form, defaults filled in. The others are mistakes by now. */
export interface CheckedTree {
  readonly general: GeneralSettings | undefined
  /** Also if the rest of `listen` has mistakes. */
  readonly listen: ListenPolicy | undefined
  /** Also if the rest of the settings has mistakes. */
  readonly clientsRequired: boolean
  readonly credentials: readonly Entry<CredentialSettings>[]
  readonly roles: readonly Entry<RoleSettings>[]
  readonly routes: readonly Entry<RouteSettings>[]
}

// A schema that is not asked for is not compiled: validate() does that on first use, and keeps it.
const ajv = new Ajv({ ...AJV_OPTIONS, allErrors: true, verbose: true }).addVocabulary(OWN_KEYWORDS)

/**
 * Checks another file than the config in the same way.
 *
 * @returns Looks at a tree: its value, or undefined after mistakes.
 */
export function formChecker<Schema extends TSchema> (schema: Schema): (tree: SettingsTree, mistakes: Mistakes) => Static<Schema> | undefined {
  return ({ value, place }, mistakes) => {
    const copy: unknown = structuredClone(value)
    if (ajv.validate<Static<Schema>>(schema, copy)) return copy
    for (const error of ajv.errors ?? []) noteError(error, place, mistakes, () => undefined)
    return undefined
  }
}

/** Checks the form of everything; what it cannot see, such as whether names exist, comes later. */
export function checkTree (tree: SettingsTree, mistakes: Mistakes): CheckedTree {
  // Ajv fills in the defaults in place.
  const value = structuredClone(tree.value)
  // What the first pass filled in before it came to a mistake is right; the second says what is not.
  const isRight = isRightFile(value) || ajv.validate<Static<typeof FileSchema>>(FileSchema, value)
  for (const error of isRight ? [] : ajv.errors ?? []) noteError(error, tree.place, mistakes)
  // The schema of the file is made of those of its parts: they are asked only where something in it is wrong.
  const fits = <Schema extends TSchema>(schema: Schema, part: unknown): part is Static<Schema> => isRight || ajv.validate<Static<Schema>>(schema, part)
  const { credentials, roles, routes, ...general } = value
  const named = isGroup(credentials) ? credentials : {}
  const namedRoles = isGroup(roles) ? roles : {}
  const routeEntries: readonly unknown[] = Array.isArray(routes) ? routes : []
  checkNames(routeEntries, 'credential', Object.keys(named), tree.place, mistakes)
  checkNames(routeEntries, 'policy', [...ROLE_NAMES.filter((name) => name !== 'admin'), ...Object.keys(namedRoles)], tree.place, mistakes)
  return {
    general: fits(GeneralSchema, general) ? general : undefined,
    listen: fits(ListenPolicySchema, value.listen) ? value.listen : undefined,
    clientsRequired: isGroup(value.clients) && value.clients.required === true,
    credentials: Object.entries(named).flatMap(([name, entry]) => fits(CredentialSchema, entry) ? [{ path: ['credentials', name], value: entry }] : []),
    roles: Object.entries(namedRoles).flatMap(([name, entry]) => fits(RoleSchema, entry) ? [{ path: ['roles', name], value: entry }] : []),
    routes: routeEntries.flatMap((entry, at) => fits(RouteSchema, entry) ? [{ path: ['routes', String(at)], value: entry }] : [])
  }
}

// Here and not with the rest of a route, because a route with another mistake gets no further.
function checkNames (routes: readonly unknown[], setting: 'credential' | 'policy', names: readonly string[], place: SettingsTree['place'], mistakes: Mistakes): void {
  for (const [at, route] of routes.entries()) {
    const name = isGroup(route) ? route[setting] : undefined
    if (typeof name !== 'string' || names.includes(name)) continue
    const isAdmin = setting === 'policy' && name === 'admin'
    const wrong = isAdmin ? 'admin is a role of clients; full allows the same here' : `there is no ${setting === 'policy' ? 'role' : setting} of this name${suggestion(name, names.filter((known) => showName(known) === known))}`
    mistakes.add(place(['routes', String(at), setting]), wrong)
  }
}

/** @param elsewhere - Where a setting of that name is that stands in the wrong place. */
function noteError (error: ErrorObject, place: SettingsTree['place'], mistakes: Mistakes, elsewhere = settingElsewhere): void {
  const path = error.instancePath.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  const node = error.parentSchema as SchemaNode
  const params = error.params as { additionalProperty?: string, missingProperty?: string }
  if (params.additionalProperty !== undefined) {
    mistakes.add(place([...path, params.additionalProperty]), describeUnknown(params.additionalProperty, node, elsewhere))
  } else if (params.missingProperty !== undefined) {
    const missing = node.properties?.[params.missingProperty] ?? {}
    mistakes.add(place([...path, params.missingProperty]), `is missing; must be ${describeAccepted(missing)}`)
  } else {
    const meant = typeof error.data === 'string' ? describeSlip(error.data, node) : ''
    mistakes.add(place(path), `must be ${describeAccepted(node)}${meant}`)
  }
}

/** What was probably meant by text that does not fit, as the end of a message. */
function describeSlip (text: string, { type, enum: names = [] }: SchemaNode): string {
  if (type === 'object') return '; look for a missing ": "'
  const isQuoted = (type === 'integer' && /^\d+$/.test(text)) || (type === 'boolean' && /^(true|false)$/.test(text))
  return isQuoted ? ', without quotes' : suggestion(text, names)
}

function describeUnknown (name: string, { properties }: SchemaNode, elsewhere: typeof settingElsewhere): string {
  if (properties === undefined) return 'a name must start with a letter and have at most 40 letters, digits, "-" and "_"'
  const meant = nearest(name, Object.keys(properties)) ?? elsewhere(name)
  return `there is no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

// `port: 80` at the top is most likely listen.port.
function settingElsewhere (name: string): string | undefined {
  const leaf = leavesOf(nodeOf(FileSchema)).find(({ path }) => path.at(-1) === name)
  return leaf === undefined ? undefined : showPath(leaf.path)
}

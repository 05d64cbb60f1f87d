// Checks the tree against the schema with our own Ajv: every mistake, nothing converted, nothing
// dropped. env-schema does both of the latter, which is right for variables and wrong for files.

import { Ajv, type ErrorObject } from 'ajv'
import type { Mistakes } from './mistakes.ts'
import { refuseNotYet } from './not-yet.ts'
import { describeAccepted, leavesOf, nodeOf, showPath, type Path, type SchemaNode } from './schema-node.ts'
import { OWN_KEYWORDS } from './schema-parts.ts'
import {
  CredentialSchema, FileSchema, GeneralSchema, ListenPolicySchema, RouteSchema,
  type CredentialSettings, type GeneralSettings, type ListenPolicy, type RouteSettings
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
  readonly credentials: readonly Entry<CredentialSettings>[]
  readonly routes: readonly Entry<RouteSettings>[]
}

// Every start compiles and each validator runs once: optimising would cost more than it saves (measured, 30 ms).
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true, useDefaults: true, logger: false, code: { optimize: false } })
ajv.addVocabulary(OWN_KEYWORDS)
const isFile = ajv.compile(FileSchema)
const isGeneral = ajv.compile<GeneralSettings>(GeneralSchema)
const isListenPolicy = ajv.compile<ListenPolicy>(ListenPolicySchema)
const isCredential = ajv.compile<CredentialSettings>(CredentialSchema)
const isRoute = ajv.compile<RouteSettings>(RouteSchema)

/** Checks the form of everything; what it cannot see, such as whether names exist, comes later. */
export function checkTree (tree: SettingsTree, mistakes: Mistakes): CheckedTree {
  // Ajv fills in the defaults in place.
  const value = structuredClone(tree.value)
  if (!isFile(value)) {
    for (const error of isFile.errors ?? []) noteError(error, tree.place, mistakes)
  }
  refuseNotYet(nodeOf(FileSchema), value, [], tree.place, mistakes)
  const { credentials, routes, ...general } = value
  const named = isGroup(credentials) ? credentials : {}
  const routeEntries: readonly unknown[] = Array.isArray(routes) ? routes : []
  checkNames(routeEntries, Object.keys(named), tree.place, mistakes)
  return {
    general: isGeneral(general) ? general : undefined,
    listen: isListenPolicy(value.listen) ? value.listen : undefined,
    credentials: Object.entries(named).flatMap(([name, entry]) => isCredential(entry) ? [{ path: ['credentials', name], value: entry }] : []),
    routes: routeEntries.flatMap((entry, at) => isRoute(entry) ? [{ path: ['routes', String(at)], value: entry }] : [])
  }
}

// Here and not with the rest of a route, because a route with another mistake gets no further.
function checkNames (routes: readonly unknown[], names: readonly string[], place: SettingsTree['place'], mistakes: Mistakes): void {
  for (const [at, route] of routes.entries()) {
    const name = isGroup(route) ? route.credential : undefined
    if (typeof name !== 'string' || names.includes(name)) continue
    mistakes.add(place(['routes', String(at), 'credential']), `there is no credential of this name${suggestion(name, names.filter((known) => showName(known) === known))}`)
  }
}

function noteError (error: ErrorObject, place: SettingsTree['place'], mistakes: Mistakes): void {
  const path = error.instancePath.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  const node = error.parentSchema as SchemaNode
  // What it would accept is of no use to anybody yet; refuseNotYet says so.
  if (node.notYet === true) return
  const params = error.params as { additionalProperty?: string, missingProperty?: string }
  if (params.additionalProperty !== undefined) {
    mistakes.add(place([...path, params.additionalProperty]), describeUnknown(params.additionalProperty, node))
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

function describeUnknown (name: string, { properties }: SchemaNode): string {
  if (properties === undefined) return 'a name must start with a letter and have at most 40 letters, digits, "-" and "_"'
  const meant = nearest(name, Object.keys(properties)) ?? settingElsewhere(name)
  return `there is no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

// `port: 80` at the top is most likely listen.port.
function settingElsewhere (name: string): string | undefined {
  const leaf = leavesOf(nodeOf(FileSchema)).find(({ path, node }) => path.at(-1) === name && node.notYet !== true)
  return leaf === undefined ? undefined : showPath(leaf.path)
}
